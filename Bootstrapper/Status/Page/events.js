// The latest events of all machines, as they happen.
import { get } from "./api.js";
import { byId, make, setText } from "./dom.js";
import { current, keep, machineHref } from "./route.js";
import * as store from "./store.js";
import { moment, nameOf } from "./words.js";

const LIMIT = 300;
const BAD = ["refused", "install-failed", "held", "address-in-use"];

let lines = null;
let query = "";

export async function openEvents() {
  query = current().query.get("q") ?? "";
  const find = make("input", { type: "search", id: "event-query", value: query, placeholder: "machine, kind, words", autocomplete: "off", oninput: event => { query = event.target.value; keep("events", { q: query.trim() }); draw(); } });
  byId("view-events").replaceChildren(
    make("h1", { id: "events-title" }, "Events"),
    make("section.card", { "aria-label": "Latest events" },
      make("div.filter", {}, make("div.field.grow", {}, make("label", { htmlFor: "event-query" }, "Find"), find), make("p.shown", { id: "event-count", role: "status" })),
      make("div.scroll", { tabIndex: 0, role: "group", "aria-label": "Latest events" }, make("table", {}, make("caption.sr", {}, "Latest events, the latest first"),
        make("thead", {}, make("tr", {}, ["At", "Machine", "Kind", "What"].map(name => make("th", { scope: "col" }, name)))), make("tbody", { id: "event-lines" })))));
  lines = await get("history");
  draw();
}

export function closeEvents() {
  lines = null;
}

// What the stream tells is put before what was asked for.
export function takeEvents(change) {
  if (!lines) return;
  const news = [...change.macs].map(mac => store.nodes.get(mac)).filter(node => node?.last_event)
    .map(node => ({ mac: node.mac, ...node.last_event })).filter(event => !lines.some(line => line.mac === event.mac && line.at === event.at && line.kind === event.kind));
  if (!news.length) return;
  lines = [...news.sort((one, other) => Date.parse(other.at) - Date.parse(one.at)), ...lines].slice(0, LIMIT);
  draw();
}

function draw() {
  const name = mac => store.nodes.has(mac) ? nameOf(store.nodes.get(mac)) : mac;
  const words = query.trim().toLowerCase().split(/\s+/).filter(Boolean);
  const wanted = lines.filter(line => words.every(word => `${name(line.mac)} ${line.mac} ${line.kind} ${line.summary}`.toLowerCase().includes(word)));
  byId("event-lines").replaceChildren(...wanted.map(line => make("tr", {},
    make("td.fixed", {}, moment(line.at)), make("td.fixed", {}, make("a", { href: machineHref(line.mac) }, name(line.mac))), make("td.fixed.quiet", {}, line.kind),
    make("td", {}, BAD.includes(line.kind) ? make("span.pill.is-stuck", {}, line.kind.replaceAll("-", " ")) : "", BAD.includes(line.kind) ? " " : "", line.summary))));
  setText(byId("event-count"), `${wanted.length} of the latest ${lines.length}`);
}
