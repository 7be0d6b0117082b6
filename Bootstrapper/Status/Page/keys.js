// The keyboard: / finds, n goes to the next machine that needs somebody, digits change the view.
import { inNeed } from "./attention.js";
import { byId, make } from "./dom.js";
import { open } from "./operator.js";
import { current, machineHref } from "./route.js";
import { macPath } from "./words.js";

const VIEWS = ["#/", "#/cluster", "#/network", "#/content", "#/events"];

const KEYS = {
  "/": ["find a machine", () => { location.hash = current().view === "rack" ? location.hash : "#/"; requestAnimationFrame(() => byId("query").focus()); }],
  n: ["the next machine that needs you", () => step(1)],
  p: ["the one before", () => step(-1)],
  u: ["up: back to all machines", () => { location.hash = "#/"; }],
  "1 … 5": ["rack, cluster, network, content, events"],
  "arrows, Home, End": ["walk among the tiles"],
  "?": ["this list", () => help()],
};

export function startKeys() {
  byId("keys-help").addEventListener("click", help);
  addEventListener("keydown", event => {
    if (event.ctrlKey || event.metaKey || event.altKey || byId("dialog").open || event.target.closest("input:not([type=radio]), select, textarea")) return;
    const view = VIEWS[Number(event.key) - 1];
    const act = view ? () => { location.hash = view; } : KEYS[event.key]?.[1];
    if (!act) return;
    event.preventDefault();
    act();
  });
}

function step(by) {
  const machines = inNeed();
  if (!machines.length) return;
  const at = machines.findIndex(node => macPath(node.mac) === current().item);
  location.hash = machineHref(machines[at < 0 ? (by > 0 ? 0 : machines.length - 1) : (at + by + machines.length) % machines.length].mac);
}

function help() {
  open("Keys", [make("dl.keys", {}, Object.entries(KEYS).flatMap(([key, [what]]) => [make("dt", {}, make("kbd", {}, key)), make("dd", {}, what)]))]);
}
