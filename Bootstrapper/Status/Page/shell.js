// The frame: which view is shown, the connection, the answer in one line, the theme.
import { inNeed } from "./attention.js";
import { byId, make, setIcon, setText } from "./dom.js";
import * as store from "./store.js";
import { plural, stateOf } from "./words.js";

const THEMES = ["system", "light", "dark"];

export function show(view) {
  for (const section of document.querySelectorAll("main > section")) section.hidden = section.id !== `view-${view}`;
  for (const link of document.querySelectorAll("nav a")) {
    if (link.dataset.view === view || view === "machine" && link.dataset.view === "rack") link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

const CONNECTIONS = { live: "live", lost: "connection lost, trying again …", locked: "for operators only" };

export function sayConnection(state) {
  const connection = byId("connection");
  connection.className = `connection ${state}`;
  setText(connection.lastElementChild, CONNECTIONS[state]);
  if (state === "locked") sayHeadline("idle", "i-idle", "Sign in to see the machines");
}

function sayHeadline(state, icon, text) {
  const headline = byId("headline");
  headline.className = `headline is-${state}`;
  setIcon(headline.firstElementChild, icon);
  setText(headline.lastElementChild, text);
}

export function drawSummary() {
  const { cluster } = store;
  if (!cluster) return;
  setText(byId("cluster-name"), cluster.name);
  const all = inNeed();
  const stuck = all.filter(node => node.attention.grade !== "decision");
  const states = [...store.nodes.values()].map(stateOf);
  const atWork = states.filter(state => state === "work").length;
  const [state, icon, text] = stuck.length ? [stuck[0].attention.grade, `i-${stuck[0].attention.grade}`, `${plural(stuck.length, "machine")} of ${store.nodes.size} ${stuck.length === 1 ? "needs" : "need"} you`]
    : all.length ? ["decision", "i-decision", `${plural(all.length, "machine")} ${all.length === 1 ? "waits" : "wait"} for your decision`]
    : cluster.site.length ? ["warning", "i-warning", "The machines are well; the site needs you"]
    : atWork ? ["work", "i-work", `${plural(atWork, "machine")} at work, nothing is stuck`]
    : cluster.ready === cluster.nodes && cluster.nodes ? ["ok", "i-ok", `All is well: ${plural(cluster.nodes, "machine")} ready`]
    : ["idle", "i-idle", `${plural(cluster.nodes - cluster.ready, "machine")} to be powered on`];
  sayHeadline(state, icon, text);
  drawFigures(cluster);
  if (byId("view-machine").hidden) document.title = `${cluster.name}: ${all.length ? `${all.length} need you, ` : ""}${cluster.ready}/${cluster.nodes} ready`;
}

function drawFigures(cluster) {
  const nodes = [...store.nodes.values()].filter(node => node.node_ready !== undefined);
  const figures = [
    ["machines ready", `${cluster.ready} / ${cluster.nodes}`, cluster.ready === cluster.nodes ? "ok" : ""],
    ["etcd", cluster.etcd_members ? `${cluster.etcd_healthy} / ${cluster.etcd_members}` : "none", cluster.etcd_members && !cluster.etcd_quorum ? "warning" : cluster.etcd_healthy === cluster.etcd_members ? "ok" : ""],
    ...nodes.length ? [["nodes ready", `${nodes.filter(node => node.node_ready).length} / ${nodes.length}`, nodes.every(node => node.node_ready) ? "ok" : "warning"]] : [],
    ...cluster.strangers ? [["not in the file", String(cluster.strangers), ""]] : [],
  ];
  const list = byId("figures");
  const text = JSON.stringify(figures);
  if (list.dataset.drawn === text) return;
  list.dataset.drawn = text;
  list.replaceChildren(...figures.map(([name, value, state]) => make("div", {}, make("dt", {}, name), make(state ? `dd.is-${state}` : "dd", {}, value))));
}

export function startTheme() {
  const button = byId("theme");
  const apply = theme => {
    if (theme === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    setText(button, `Theme: ${theme}`);
  };
  let theme = THEMES.find(one => one === localStorage.getItem("theme")) ?? "system";
  apply(theme);
  button.addEventListener("click", () => {
    theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
    localStorage.setItem("theme", theme);
    apply(theme);
  });
}
