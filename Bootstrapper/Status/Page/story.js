// One machine's story: what it needs, its way, its timeline, what it was given, its last words, its packets.
import { get, getIfThere, getText } from "./api.js";
import { need, tick } from "./attention.js";
import { byId, drawnOnce, icon, make, pill, table } from "./dom.js";
import { actsOf } from "./operator.js";
import * as store from "./store.js";
import { drawWay } from "./way.js";
import { STATES, duration, macPath, moment, nameOf, roleWord, size, stageWord, stateOf, transferOf, until } from "./words.js";

const PAUSE = 1000; // between two questions about the same machine
const LONG = 60_000;
const LOG_LINES = 200;

let shown = null; // { mac, parts … } of the machine on the page

export function openStory(item) {
  const mac = item.replaceAll("-", ":").toLowerCase();
  if (shown?.mac === mac) return;
  const section = byId("view-machine");
  const part = kind => make(kind ?? "div");
  const parts = { head: part(), need: part(), way: part(), timeline: part(), transfers: part(), documents: part(), certificates: part(), words: part(), packets: part() };
  shown = { mac, parts, due: 0 };
  section.replaceChildren(
    make("a.back", { href: "#/" }, icon("i-back"), "All machines"),
    parts.head, parts.need, make("section.card", { "aria-labelledby": "way-title" }, make("h2", { id: "way-title" }, "Its way"), parts.way),
    make("div.columns", {},
      make("div", {}, card("timeline-title", "Timeline", parts.timeline), card("packets-title", "Its last boot, by its packets", parts.packets), card("words-title", "Last words of installer and console", parts.words)),
      make("div", {}, card("transfers-title", "Files sent to it", parts.transfers), card("certificates-title", "Certificates", parts.certificates), card("documents-title", "Documents it was served", parts.documents))));
  refresh(shown);
}

export function closeStory() {
  shown = null;
}

// The machine on the page changed.
export function drawStory(change) {
  if (!shown || !(change.everything || change.macs.has(shown.mac))) return;
  drawHead(shown);
  refreshSoon(shown);
}

export function tickStory() {
  if (shown) tick(byId("view-machine"));
}

const card = (id, title, body) => make("section.card", { "aria-labelledby": id }, make("h2", { id }, title), body);

function refreshSoon(story) {
  if (story.due) return;
  story.due = setTimeout(() => {
    story.due = 0;
    if (story === shown) refresh(story);
  }, PAUSE);
}

async function refresh(story) {
  const path = `nodes/${macPath(story.mac)}`;
  drawHead(story);
  await Promise.all([
    fill(story.parts.timeline, () => getIfThere(path), node => drawNode(story, node)),
    fill(story.parts.packets, () => getIfThere(`${path}/trace`), trace => drawTrace(story, trace)),
    fill(story.parts.words, () => getIfThere(`${path}/log?lines=${LOG_LINES}`, getText), words => drawWords(story, words)),
  ]);
}

async function fill(part, ask, draw) {
  try {
    draw(await ask());
  } catch (problem) {
    part.drawn = undefined;
    part.replaceChildren(make("p.empty", {}, `This did not arrive: ${problem.message}`));
  }
}

function drawHead({ mac, parts }) {
  const node = store.nodes.get(mac);
  if (!node) {
    if (store.cluster) parts.head.replaceChildren(make("h1", { id: "story-title" }, mac), make("p.empty", {}, "Neither the cluster description nor the records know this machine."));
    return;
  }
  drawnOnce(parts.head, [node.hostname, node.address, node.roles, node.firmware, node.attempt, node.stage, node.attention?.grade, node.node_ready, actsOf.version], () => {
    const state = stateOf(node);
    const facts = { MAC: node.mac, Address: node.address, Roles: node.roles.map(roleWord).join(", "), Firmware: node.firmware, "Install attempts": node.attempt || null, "Kubernetes node": node.node_ready === undefined ? null : node.node_ready ? "ready" : "not ready" };
    parts.head.replaceChildren(make("div.story-head", {},
      make("div", {},
        make("h1", { id: "story-title" }, nameOf(node), " ", pill(state, STATES[state].icon, stageWord(node))),
        make("dl.facts", {}, Object.entries(facts).filter(([, value]) => value).map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, String(value)))))),
      make("div.acts", {}, actsOf(node))));
    document.title = `${nameOf(node)}: ${stageWord(node)}`;
  });
  drawnOnce(parts.need, [node.attention, node.next, transferOf(node)], () => {
    const state = stateOf(node);
    parts.need.replaceChildren(node.attention ? need(node, false) : make(`p.next.is-${state}`, {}, icon(STATES[state].icon), " ", node.next ?? ""));
    tick(parts.need);
  });
}

function drawNode(story, node) {
  if (!node) return;
  const { parts } = story;
  drawnOnce(parts.way, [node.timeline, node.station, node.attention?.grade, Math.floor(Date.now() / 10_000)], () => parts.way.replaceChildren(drawWay(node, node.timeline)));
  drawnOnce(parts.timeline, node.timeline, () => parts.timeline.replaceChildren(drawTimeline(node.timeline)));
  drawnOnce(parts.transfers, node.story.transfers, () => parts.transfers.replaceChildren(drawTransfers(node.story.transfers)));
  drawnOnce(parts.documents, node.story.documents, () => parts.documents.replaceChildren(drawDocuments(node.story.documents)));
  drawnOnce(parts.certificates, node.story.certificates, () => parts.certificates.replaceChildren(drawCertificates(node.story.certificates)));
}

function drawTimeline(timeline) {
  if (!timeline.length) return make("p.empty", {}, "Nothing has happened yet.");
  const bad = ["refused", "install-failed", "held", "address-in-use"];
  return make("ol.timeline", { tabIndex: 0, role: "list", "aria-labelledby": "timeline-title" }, timeline.map((event, index) => {
    const after = index ? Date.parse(event.at) - Date.parse(timeline[index - 1].at) : null;
    const isBad = bad.includes(event.kind) || event.summary.includes("unhealthy");
    return make("li", {},
      make("time", { dateTime: event.at }, moment(event.at)),
      make(after >= LONG ? "span.after.long" : "span.after", {}, after === null ? "" : `+ ${duration(after)}`),
      make(isBad ? "span.bad" : ["installed", "enrolled"].includes(event.kind) || event.summary === "etcd member healthy" ? "span.good" : "span", {}, event.summary));
  }).reverse());
}

function drawTransfers(transfers) {
  if (!transfers.length) return make("p.empty", {}, "None since the service started.");
  return table("Files sent to it", [
    ["File", "", one => [one.asset, make("div", {}, make("progress", { max: Math.max(1, one.total), value: one.bytes, "aria-label": `${one.asset}, sent` }))]],
    ["Sent", "fixed.right", one => one.bytes < one.total ? `${size(one.bytes)} of ${size(one.total)}` : size(one.total)],
    ["In", "fixed.right", one => duration(Date.parse(one.at) - Date.parse(one.began_at))],
    ["Rate", "fixed.right", one => one.rate ? `${size(one.rate)}/s` : "–"],
  ], [...transfers].reverse());
}

function drawDocuments(documents) {
  if (!documents.length) return make("p.empty", {}, "None yet.");
  return table("Documents it was served", [
    ["Document", "", one => one.name], ["By", "fixed", one => one.via], ["Size", "fixed.right", one => size(one.size)], ["At", "fixed", one => moment(one.at).slice(5)],
  ], [...documents].reverse());
}

function drawCertificates(certificates) {
  if (!certificates.length) return make("p.empty", {}, "None yet: it makes its keys and asks for them when it starts from its disk.");
  return table("Certificates", [
    ["Certificate", "", one => one.name], ["Signed", "fixed", one => moment(one.issued_at).slice(0, 10)],
    ["Ends", "fixed", one => make("span", { title: moment(one.not_after) }, `${moment(one.not_after).slice(0, 10)}, ${until(one.not_after)}`)],
    ["Renewed", "fixed.right", one => one.renewals ? `${one.renewals} times` : "–"],
  ], certificates);
}

function drawTrace(story, trace) {
  drawnOnce(story.parts.packets, trace, () => {
    if (!trace) return story.parts.packets.replaceChildren(make("p.empty", {}, "No packets of it were recorded."));
    // A machine in service that was not booted since the service started has no boot to be explained.
    const isSilent = trace.verdict === "nothing-recorded";
    const steps = trace.steps.map(step => make("li", {}, make("time", { dateTime: step.at }, moment(step.at)), make("span.after", {}, step.count > 1 ? `${step.count} times` : ""), make("span", {}, step.text)));
    story.parts.packets.replaceChildren(
      make("p.verdict", {}, trace.summary), isSilent ? "" : make("ul", {}, trace.advice.map(line => make("li.advice", {}, icon("i-to"), make("span", {}, line)))),
      steps.length ? make("details", {}, make("summary", {}, `${steps.length} steps`), make("ol.timeline", { tabIndex: 0, role: "list", "aria-label": "Steps of its last boot" }, steps)) : "",
      make("p.trace-acts", {}, trace.packets
        ? make("a", { href: `/api/v1/nodes/${macPath(story.mac)}/trace.pcap`, download: "" }, `${trace.packets} packets as a pcap file`)
        : make("span.empty", {}, "No packets of it are kept."), trace.dropped ? make("span.quiet", {}, `${trace.dropped} packets of all machines were lost to the recorder.`) : ""));
  });
}

function drawWords(story, words) {
  drawnOnce(story.parts.words, words, () => {
    if (!words?.trim()) return story.parts.words.replaceChildren(make("p.empty", {}, "No log of it is kept yet."));
    const text = make("pre.words", { tabIndex: 0, role: "region", "aria-labelledby": "words-title" }, words);
    story.parts.words.replaceChildren(text);
    text.scrollTop = text.scrollHeight;
  });
}
