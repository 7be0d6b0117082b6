// A machine as a tile and as a row: drawn once, then only what changed is written.
import { icon, make, setIcon, setText } from "./dom.js";
import { machineHref } from "./route.js";
import { STATES, ago, behind, moment, nameOf, roleWord, size, stageWord, stateOf, transferOf } from "./words.js";

export function makeTile(mac) {
  const parts = { icon: icon("i-idle"), name: make("span.name"), age: make("span.age"), stage: make("span.stage"), percent: make("span.percent"), track: make("span.track") };
  const link = make("a.tile", { href: machineHref(mac), tabIndex: -1 }, parts.icon, parts.name, parts.age, parts.stage, parts.percent, parts.track);
  return { element: make("li", {}, link), link, parts, draw: drawTile, tick: tickTile };
}

function drawTile(node) {
  const state = stateOf(node);
  const { parts, link } = this;
  link.className = `tile is-${state}`;
  setIcon(parts.icon, STATES[state].icon);
  setText(parts.name, nameOf(node));
  setText(parts.stage, node.attention ? node.attention.where : stageWord(node));
  setText(parts.percent, percent(node));
  drawTrack(parts.track, node);
  link.title = node.attention ? node.attention.why : `${stageWord(node)}${node.since ? ` since ${moment(node.since)}` : ""}`;
  this.tick(node);
}

function tickTile(node) {
  const at = node.attention?.since ?? node.since;
  setText(this.parts.age, at && stateOf(node) !== "ok" ? ago(at) : "");
}

export function makeRow(mac) {
  const cell = kind => make(kind ? `td.${kind}` : "td");
  const parts = { icon: icon("i-idle"), state: make("span.pill"), stage: make("span"), name: make("a", { href: machineHref(mac) }), address: cell("fixed"), mac: cell("fixed.mono.quiet"), roles: cell("roles"), age: cell("fixed"), track: make("div.track"), percent: make("span.quiet.number"), detail: cell() };
  parts.state.append(parts.icon, parts.stage);
  setText(parts.mac, mac);
  const element = make("tr", {}, make("th.name", { scope: "row" }, parts.name), parts.address, parts.mac, parts.roles, make("td", {}, parts.state), parts.age, make("td.bar-cell", {}, parts.track, parts.percent), parts.detail);
  return { element, link: parts.name, parts, draw: drawRow, tick: tickRow };
}

export const COLUMNS = ["Machine", "Address", "MAC", "Roles", "State", "For", "Way", "Last word"];

function drawRow(node) {
  const state = stateOf(node);
  const { parts } = this;
  parts.state.className = `pill is-${state}`;
  parts.track.className = `track is-${state}`;
  setIcon(parts.icon, STATES[state].icon);
  setText(parts.stage, node.attention ? STATES[state].word : stageWord(node));
  setText(parts.name, nameOf(node));
  setText(parts.address, node.address ?? "–");
  setText(parts.roles, node.roles.map(roleWord).join(", "));
  const transfer = transferOf(node);
  setText(parts.percent, transfer ? `${percent(node)} of ${size(transfer.total)}` : "");
  setText(parts.detail, node.attention ? `${node.attention.where}: ${node.attention.why}` : node.stage === "waiting" ? "" : node.detail || node.last_event?.summary || "");
  drawTrack(parts.track, node);
  this.tick(node);
}

function tickRow(node) {
  const at = node.attention?.since ?? node.since;
  setText(this.parts.age, at ? ago(at) : "–");
}

function percent(node) {
  const transfer = transferOf(node);
  return transfer ? `${Math.floor(100 * transfer.bytes / transfer.total)} %` : "";
}

function drawTrack(track, node) {
  const value = `${(100 * behind(node)).toFixed(1)}%`;
  if (track.dataset.behind === value) return;
  track.dataset.behind = value;
  track.style.setProperty("--behind", value);
}
