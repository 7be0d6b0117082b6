// Which machines are shown: a text, a role, a state. The address keeps it.
import { byId, make, setText } from "./dom.js";
import { current, keep } from "./route.js";
import { STATES, nameOf, roleWord, stageWord, stateOf } from "./words.js";

export const filter = { text: "", role: "", state: "", show: "tiles" };

let changed = () => {};

export function startFilter(onChange) {
  changed = onChange;
  for (const [state, { word }] of Object.entries(STATES)) byId("state").append(make("option", { value: state }, word));
  byId("filter").addEventListener("submit", event => event.preventDefault());
  byId("query").addEventListener("input", event => set({ text: event.target.value }));
  byId("role").addEventListener("input", event => set({ role: event.target.value }));
  byId("state").addEventListener("input", event => set({ state: event.target.value }));
  for (const radio of document.querySelectorAll("input[name=show]")) radio.addEventListener("input", () => set({ show: radio.value }));
  readFilter();
}

// Takes the filter out of the address.
export function readFilter() {
  const { view, query } = current();
  if (view !== "rack") return;
  Object.assign(filter, { text: query.get("q") ?? "", role: query.get("role") ?? "", state: query.get("state") ?? "", show: query.get("show") === "rows" ? "rows" : "tiles" });
  byId("query").value = filter.text;
  ensureRole(filter.role);
  byId("role").value = filter.role;
  byId("state").value = filter.state in STATES ? filter.state : "";
  for (const radio of document.querySelectorAll("input[name=show]")) radio.checked = radio.value === filter.show;
}

export function set(next) {
  Object.assign(filter, next);
  keep("rack", { q: filter.text.trim(), role: filter.role, state: filter.state, show: filter.show === "rows" ? "rows" : "" });
  readFilterControls();
  changed();
}

function readFilterControls() {
  if (byId("state").value !== filter.state) byId("state").value = filter.state;
}

// The roles there are, in the order in which they are met.
export function offerRoles(nodes) {
  for (const node of nodes) for (const role of node.roles) ensureRole(role);
}

function ensureRole(role) {
  if (role && !byId("role").querySelector(`option[value="${CSS.escape(role)}"]`)) byId("role").append(make("option", { value: role }, roleWord(role)));
}

export function isWanted(node) {
  if (filter.state && stateOf(node) !== filter.state) return false;
  if (filter.role && !node.roles.includes(filter.role)) return false;
  const words = filter.text.trim().toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return true;
  const text = [nameOf(node), node.mac, node.mac.replaceAll(":", "-"), node.address, ...node.roles.map(roleWord), stageWord(node), node.firmware, node.attention?.where, node.attention?.why]
    .filter(Boolean).join(" ").toLowerCase();
  return words.every(word => text.includes(word));
}

export function tellShown(shown, all) {
  setText(byId("shown"), shown === all ? `${all} machines` : `${shown} of ${all} machines`);
}
