"use strict";

// The page is a projection of the event stream: a snapshot, then one message for each machine that changes.
// All text from machines goes through textContent.

const STAGES = {
  waiting: { words: "waiting for power-on", sign: "○", colour: "grey" },
  discovered: { words: "discovered", sign: "◌", colour: "grey" },
  booting: { words: "booting", sign: "◔", colour: "blue" },
  installing: { words: "installing", sign: "◑", colour: "blue" },
  failed: { words: "install failed", sign: "✖", colour: "red" },
  installed: { words: "installed", sign: "◕", colour: "blue" },
  enrolled: { words: "enrolled", sign: "●", colour: "green" },
  healthy: { words: "healthy", sign: "✔", colour: "green" },
  unhealthy: { words: "unhealthy", sign: "▲", colour: "red" },
  held: { words: "held", sign: "■", colour: "amber" },
};
const AT_WORK = ["discovered", "booting", "installing", "installed"];
const TIMELINE_LIMIT = 256;

const rows = new Map(); // MAC → what is shown of the machine
const changed = new Set();
let drawing = false;

const byId = id => document.getElementById(id);

// 2026-01-31 13:45:09 in the reader's time zone: one width, and it sorts.
function localTime(at) {
  const two = (number) => String(number).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function setText(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

function duration(milliseconds) {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 172800) return `${Math.floor(seconds / 3600)} h ${Math.floor(seconds / 60) % 60} min`;
  return `${Math.floor(seconds / 86400)} d`;
}

function size(bytes) {
  if (bytes < 1e6) return `${Math.round(bytes / 1e3)} kB`;
  if (bytes < 1e9) return `${(bytes / 1e6).toFixed(1)} MB`;
  return `${(bytes / 1e9).toFixed(2)} GB`;
}

function makeRow(mac) {
  const row = { mac, node: null, rate: 0, order: 0, events: null };
  const machine = row.machine = element("tr", "machine");
  const open = element("td", "open");
  row.toggle = element("button", "toggle", "▸");
  row.toggle.type = "button";
  row.toggle.setAttribute("aria-expanded", "false");
  row.toggle.addEventListener("click", () => toggleHistory(row));
  open.append(row.toggle);

  const who = element("td");
  row.host = element("div", "host");
  who.append(row.host, element("div", "mac", mac));
  row.address = element("td", "address");
  row.roles = element("td");
  const stage = element("td");
  row.badge = element("span", "badge");
  row.sign = element("span");
  row.sign.setAttribute("aria-hidden", "true");
  row.words = element("span");
  row.badge.append(row.sign, row.words);
  stage.append(row.badge);
  row.since = element("td", "since");
  const detail = element("td", "detail");
  row.detail = element("div");
  row.transfer = element("div", "transfer");
  row.bar = element("progress");
  row.amount = element("span");
  row.transfer.append(row.bar, row.amount);
  detail.append(row.detail, row.transfer);
  machine.append(open, who, row.address, row.roles, stage, row.since, detail);

  row.history = element("tr", "history");
  row.history.hidden = true;
  const cell = element("td");
  cell.colSpan = 7;
  row.timeline = element("ol", "timeline");
  row.trace = element("p", "trace");
  cell.append(row.trace, row.timeline);
  row.history.append(cell);
  return row;
}

function drawRow(row) {
  const node = row.node;
  const name = node.hostname ?? "not in the file";
  const stage = STAGES[node.stage] ?? { words: node.stage, sign: "?", colour: "grey" };
  setText(row.host, name);
  row.toggle.setAttribute("aria-label", `Timeline of ${name} ${row.mac}`);
  setText(row.address, node.address ?? "–");
  if (row.roles.dataset.shown !== node.roles.join()) {
    row.roles.dataset.shown = node.roles.join();
    row.roles.replaceChildren(...node.roles.map(role => element("span", "role", role)));
  }
  row.badge.className = `badge ${stage.colour}`;
  setText(row.sign, stage.sign);
  setText(row.words, stage.words);
  const attempt = node.attempt > 1 && !node.installed ? ` (attempt ${node.attempt})` : "";
  setText(row.detail, node.stage === "waiting" ? "" : node.detail + attempt);
  drawTransfer(row);
  drawSince(row, Date.now());
  row.machine.hidden = !isWanted(node);
  row.history.hidden = row.machine.hidden || !row.events;
}

function drawTransfer(row) {
  const { transfer, stage } = row.node;
  row.transfer.hidden = !transfer || !AT_WORK.includes(stage) || row.node.installed;
  if (row.transfer.hidden) return;
  row.bar.max = Math.max(1, transfer.total);
  row.bar.value = transfer.bytes;
  row.bar.setAttribute("aria-label", `${transfer.asset} transferred`);
  const percent = transfer.total ? Math.floor(100 * transfer.bytes / transfer.total) : 100;
  const rate = row.rate && transfer.bytes < transfer.total ? `, ${size(row.rate)}/s` : "";
  setText(row.amount, `${transfer.asset} ${percent} % of ${size(transfer.total)}${rate}`);
}

function drawSince(row, now) {
  const since = row.node.since;
  setText(row.since, since ? duration(now - Date.parse(since)) : "–");
  if (since) row.since.title = localTime(new Date(since));
}

// The rate is the change between two reports, smoothed, so that it can be read.
function measure(row, next) {
  const before = row.node?.transfer;
  const after = next.transfer;
  if (!before || !after || before.asset !== after.asset || after.bytes < before.bytes) {
    row.rate = 0;
    return;
  }
  const seconds = (Date.parse(after.at) - Date.parse(before.at)) / 1000;
  if (seconds <= 0.05) return;
  const rate = (after.bytes - before.bytes) / seconds;
  row.rate = row.rate ? 0.7 * row.rate + 0.3 * rate : rate;
}

function take(node) {
  let row = rows.get(node.mac);
  if (!row) {
    row = makeRow(node.mac);
    rows.set(node.mac, row);
    byId("machines").append(row.machine, row.history);
  }
  measure(row, node);
  const news = node.last_event && JSON.stringify(node.last_event) !== JSON.stringify(row.node?.last_event);
  row.node = node;
  if (news && row.events) {
    row.events = [...row.events, node.last_event].slice(-TIMELINE_LIMIT);
    drawTimeline(row);
  }
  changed.add(row);
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(drawChanged);
}

function drawChanged() {
  drawing = false;
  changed.forEach(drawRow);
  changed.clear();
  drawTotals();
}

function drawTotals() {
  const nodes = [...rows.values()].map(row => row.node);
  setText(byId("working"), String(nodes.filter(node => AT_WORK.includes(node.stage)).length));
  setText(byId("waiting"), String(nodes.filter(node => node.stage === "waiting").length));
  const shown = [...rows.values()].filter(row => !row.machine.hidden).length;
  setText(byId("shown"), shown === nodes.length ? `${nodes.length} machines` : `${shown} of ${nodes.length} machines`);
}

function drawCluster(cluster) {
  setText(byId("name"), cluster.name);
  document.title = `${cluster.name}: ${cluster.ready}/${cluster.nodes} ready`;
  setText(byId("ready"), `${cluster.ready} / ${cluster.nodes}`);
  byId("ready").className = cluster.nodes > 0 && cluster.ready === cluster.nodes ? "good" : "";
  setText(byId("etcd"), cluster.etcd_members ? `${cluster.etcd_healthy} / ${cluster.etcd_members}` : "none planned");
  byId("etcd").className = cluster.etcd_members && cluster.etcd_healthy === cluster.etcd_members ? "good" : "";
  setText(byId("strangers"), String(cluster.strangers));
  byId("problem-list").replaceChildren(...cluster.problems.map(problem => element("li", "", problem)));
  byId("problems").hidden = cluster.problems.length === 0;
}

function isWanted(node) {
  const stage = byId("stage").value;
  if (stage && node.stage !== stage) return false;
  const query = byId("query").value.trim().toLowerCase();
  return !query || [node.hostname, node.mac, node.mac.replaceAll(":", "-"), node.address, ...node.roles]
    .some(text => text?.toLowerCase().includes(query));
}

async function toggleHistory(row) {
  const open = !row.events;
  row.toggle.setAttribute("aria-expanded", String(open));
  setText(row.toggle, open ? "▾" : "▸");
  row.events = open ? [] : null;
  row.history.hidden = !open;
  if (!open) return;
  drawTrace(row);
  try {
    const answer = await fetch(`/api/v1/nodes/${row.mac.replaceAll(":", "-")}`);
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    if (row.events) row.events = (await answer.json()).timeline;
  } catch (problem) {
    row.timeline.replaceChildren(element("li", "", `The timeline did not arrive: ${problem.message}`));
    return;
  }
  drawTimeline(row);
}

// How the last boot went, in words, and its packets.
async function drawTrace(row) {
  const node = `/api/v1/nodes/${row.mac.replaceAll(":", "-")}`;
  const link = element("a", "", "packets (pcap)");
  link.href = `${node}/trace.pcap`;
  const words = element("span");
  row.trace.replaceChildren(words, link);
  try {
    const answer = await fetch(`${node}/trace`);
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    const trace = await answer.json();
    setText(words, [trace.summary, ...trace.advice].join(" ") + " ");
  } catch (problem) {
    setText(words, `The trace did not arrive: ${problem.message} `);
  }
}

function drawTimeline(row) {
  if (!row.events) return;
  if (row.events.length === 0) {
    row.timeline.replaceChildren(element("li", "", "Nothing has happened yet."));
    return;
  }
  let before = null;
  row.timeline.replaceChildren(...row.events.map(event => {
    const at = new Date(event.at);
    const item = element("li");
    const bad = ["refused", "install-failed", "held"].includes(event.kind) ? "bad" : "";
    item.append(
      element("span", "at", localTime(at)),
      element("span", "step", before === null ? "" : `+${duration(at - before)}`),
      element("span", bad, event.summary));
    before = at;
    return item;
  }).reverse());
}

function takeSnapshot({ cluster, nodes }) {
  const known = new Set(nodes.map(node => node.mac));
  for (const [mac, row] of rows) {
    if (known.has(mac)) continue;
    row.machine.remove();
    row.history.remove();
    rows.delete(mac);
  }
  nodes.forEach(take);
  byId("machines").append(...nodes.flatMap(({ mac }) => [rows.get(mac).machine, rows.get(mac).history]));
  drawCluster(cluster);
  drawChanged();
}

function listen() {
  const stream = new EventSource("/api/v1/events");
  const connection = byId("connection");
  const say = (text, lost) => {
    setText(connection, text);
    connection.classList.toggle("lost", lost);
  };
  stream.addEventListener("open", () => say("live", false));
  stream.addEventListener("error", () => {
    say("connection lost, trying again …", true);
    if (stream.readyState !== EventSource.CLOSED) return;
    setTimeout(listen, 2000);
  });
  stream.addEventListener("snapshot", message => takeSnapshot(JSON.parse(message.data)));
  stream.addEventListener("node", message => take(JSON.parse(message.data)));
  stream.addEventListener("cluster", message => drawCluster(JSON.parse(message.data)));
}

function filterChanged() {
  rows.forEach(drawRow);
  drawTotals();
}

for (const [value, { words }] of Object.entries(STAGES)) {
  const option = element("option", "", words);
  option.value = value;
  byId("stage").append(option);
}
byId("filter").addEventListener("submit", event => event.preventDefault());
byId("query").addEventListener("input", filterChanged);
byId("stage").addEventListener("input", filterChanged);
setInterval(() => rows.forEach(row => drawSince(row, Date.now())), 1000);
listen();
