// The machines, grouped by what they are for, as tiles or as rows. Tiles grow dense when there are many.
import { byId, icon, make, setText } from "./dom.js";
import { filter, isWanted, offerRoles, set, tellShown } from "./filter.js";
import * as store from "./store.js";
import { COLUMNS, makeRow, makeTile } from "./tiles.js";
import { STATES, stateOf } from "./words.js";

const DENSE_FROM = 150;

const GROUPS = [
  { id: "masters", name: "Masters", has: node => node.roles.includes("kube_master") },
  { id: "etcd", name: "etcd members", has: node => node.roles.includes("etcd_member") },
  { id: "ingress", name: "Ingress", has: node => node.roles.includes("ingress") },
  { id: "workers", name: "Workers", has: node => node.planned || node.roles.length > 0 },
  { id: "strangers", name: "Not in the cluster description", has: () => true },
];

const shown = new Map(); // MAC → what shows it
const counts = new Map(); // group → its counts
let mode = null;
let visibleBefore = -1;

const groupOf = node => node.planned ? GROUPS.find(group => group.has(node)) : GROUPS.at(-1);

export function drawRack(change) {
  if (change.everything || mode !== filter.show) rebuild();
  else for (const mac of change.macs) drawOne(mac);
  drawTotals();
}

// The filter changed: nothing but what is hidden.
export function filterRack() {
  if (mode !== filter.show) rebuild();
  for (const [mac, one] of shown) one.element.hidden = !isWanted(store.nodes.get(mac));
  drawTotals();
}

export function tickRack() {
  for (const [mac, one] of shown) if (!one.element.hidden) one.tick(store.nodes.get(mac));
}

function rebuild() {
  const focused = document.activeElement?.closest?.("[data-mac]")?.dataset.mac;
  if (mode !== filter.show) shown.clear();
  mode = filter.show;
  for (const mac of shown.keys()) if (!store.nodes.has(mac)) shown.delete(mac);
  const members = new Map(GROUPS.map(group => [group, []]));
  for (const node of store.nodes.values()) members.get(groupOf(node)).push(node);
  offerRoles(store.nodes.values());
  counts.clear();
  const sections = [...members].filter(([, nodes]) => nodes.length).map(([group, nodes]) => drawGroup(group, nodes));
  byId("rack").className = `rack as-${mode}${store.nodes.size > DENSE_FROM && mode === "tiles" ? " dense" : ""}`;
  byId("rack").replaceChildren(...sections);
  byId("rack").dataset.drawn = String(store.nodes.size);
  visibleBefore = -1;
  if (focused) shown.get(focused)?.link.focus();
}

function drawGroup(group, nodes) {
  const count = make("small");
  const elements = nodes.map(node => drawOne(node.mac).element);
  counts.set(group, { count, nodes });
  const heading = make("h2", { id: `group-${group.id}` }, group.name, count);
  return mode === "tiles"
    ? make("section.group", { "aria-labelledby": heading.id }, heading, make("ul.tiles", { "aria-labelledby": heading.id, onkeydown: walk }, elements))
    : make("section.group.card", { "aria-labelledby": heading.id }, heading, make("div.scroll", { tabIndex: 0, role: "group", "aria-label": group.name }, make("table", {},
      make("caption.sr", {}, group.name), make("thead", {}, make("tr", {}, COLUMNS.map(name => make("th", { scope: "col" }, name)))), make("tbody", {}, elements))));
}

function drawOne(mac) {
  const node = store.nodes.get(mac);
  let one = shown.get(mac);
  if (!one) {
    one = mode === "rows" ? makeRow(mac) : makeTile(mac);
    one.element.dataset.mac = mac;
    shown.set(mac, one);
  }
  one.draw(node);
  one.element.hidden = !isWanted(node);
  return one;
}

function drawTotals() {
  let visible = 0;
  const states = Object.fromEntries(Object.keys(STATES).map(state => [state, 0]));
  for (const [group, { count, nodes }] of counts) {
    let ready = 0, wanted = 0;
    for (const { mac } of nodes) {
      const node = store.nodes.get(mac);
      const state = stateOf(node);
      states[state]++;
      if (state === "ok") ready++;
      if (!shown.get(mac).element.hidden) wanted++;
    }
    visible += wanted;
    setText(count, `${group.id === "strangers" ? nodes.length : `${ready} of ${nodes.length} ready`}${wanted < nodes.length ? `, ${wanted} shown` : ""}`);
    count.parentElement.parentElement.hidden = wanted === 0;
  }
  tellShown(visible, store.nodes.size);
  drawSpread(states);
  if (visible !== visibleBefore) keepOneTabStop();
  visibleBefore = visible;
}

// How many are in each state; each a switch of the filter.
function drawSpread(states) {
  const spread = byId("spread");
  for (const [state, count] of Object.entries(states)) {
    let button = spread.querySelector(`[data-state=${state}]`);
    if (!button) {
      button = make(`button.is-${state}`, { type: "button", "data-state": state, onclick: () => set({ state: filter.state === state ? "" : state }) },
        icon(STATES[state].icon), " ", make("b"), ` ${STATES[state].word}`);
      spread.append(button);
    }
    setText(button.querySelector("b"), String(count));
    button.hidden = count === 0 && filter.state !== state;
    button.setAttribute("aria-pressed", String(filter.state === state));
    button.style.setProperty("flex-grow", String(Math.max(1, Math.sqrt(count))));
  }
}

// Tiles are one stop for Tab in each group; arrows walk among them.
function keepOneTabStop() {
  for (const list of document.querySelectorAll("#rack ul.tiles")) {
    const links = [...list.children].filter(item => !item.hidden).map(item => item.firstElementChild);
    if (links.length && !links.some(link => link.tabIndex === 0)) links[0].tabIndex = 0;
    for (const item of list.children) if (item.hidden && item.firstElementChild.tabIndex === 0) {
      item.firstElementChild.tabIndex = -1;
      if (links.length) links[0].tabIndex = 0;
    }
  }
}

function walk(event) {
  const links = [...event.currentTarget.children].filter(item => !item.hidden).map(item => item.firstElementChild);
  const at = links.indexOf(document.activeElement);
  const columns = Math.max(1, links.findIndex(link => link.offsetTop > links[0].offsetTop));
  const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns, Home: -at, End: links.length - 1 - at };
  if (at < 0 || !(event.key in steps)) return;
  event.preventDefault();
  const to = links[Math.min(links.length - 1, Math.max(0, at + steps[event.key]))];
  links[at].tabIndex = -1;
  to.tabIndex = 0;
  to.focus();
}
