// The cluster in its own words: members of etcd, API servers, nodes, addons.
import { get } from "./api.js";
import { byId, drawnOnce, make, pill, table } from "./dom.js";
import { machineHref } from "./route.js";
import { ago, moment, plural } from "./words.js";

export async function drawCluster() {
  const section = byId("view-cluster");
  const health = await get("health");
  drawnOnce(section, health && { ...health, kubernetes: { ...health.kubernetes, asked_at: undefined } }, () => section.replaceChildren(
    make("h1", { id: "cluster-title" }, "Cluster"),
    make("div.pair", {}, members(health.members), masters(health.masters)),
    nodes(health.kubernetes),
    addons(health.kubernetes)));
}

const answer = (good, yes, no) => good === undefined ? pill("idle", "i-idle", "no answer yet") : good ? pill("ok", "i-ok", yes) : pill("stuck", "i-stuck", no);
const machine = one => one.mac ? make("a", { href: machineHref(one.mac) }, one.hostname) : one.hostname;

function members(list) {
  const healthy = list.filter(one => one.healthy).length;
  return card("etcd", list.length ? `${healthy} of ${list.length} healthy${healthy > list.length / 2 ? "" : ", no quorum: etcd decides nothing now"}` : "",
    list.length ? table("Members of etcd", [
      ["Member", "", machine], ["Address", "fixed", one => one.address ?? "–"], ["State", "", one => answer(one.healthy, "healthy", "unhealthy")],
      ["For", "fixed", one => one.since ? ago(one.since) : "–"], ["Why", "", one => one.detail],
    ], list) : make("p.empty", {}, "The cluster description has no members of etcd."));
}

function masters(list) {
  return card("API servers", list.length ? `${list.filter(one => one.answers).length} of ${list.length} answer` : "",
    list.length ? table("API servers", [
      ["Master", "", machine], ["Address", "fixed", one => one.address], ["State", "", one => one.answers ? pill("ok", "i-ok", "answers") : pill("idle", "i-idle", "does not answer")],
    ], list) : make("p.empty", {}, "The cluster description has no masters."));
}

function nodes({ problem, nodes, asked_at }) {
  const ready = nodes.filter(node => node.ready).length;
  return card("Nodes", nodes.length ? `${ready} of ${plural(nodes.length, "node")} ready, asked at ${moment(asked_at).slice(11)}` : "",
    problem ? make("p.empty", {}, `Not known: ${problem}.`) : table("Nodes of Kubernetes", [
      ["Node", "", node => node.name], ["State", "", node => node.ready ? pill("ok", "i-ok", "ready") : pill("stuck", "i-stuck", "not ready")], ["For", "fixed", node => ago(node.since)],
      ["kubelet", "fixed", node => node.version], ["Why", "", node => node.reason],
    ], nodes));
}

function addons({ problem, workloads }) {
  return card("Addons", workloads.length ? `${workloads.filter(one => one.ready >= one.wanted).length} of ${workloads.length} complete` : "",
    problem ? make("p.empty", {}, "Not known, as above.") : workloads.length ? table("Workloads of the addons", [
      ["Workload", "", one => one.name], ["Kind", "fixed", one => one.kind], ["Namespace", "", one => one.namespace],
      ["Pods ready", "", one => pill(one.ready >= one.wanted ? "ok" : "warning", one.ready >= one.wanted ? "i-ok" : "i-warning", `${one.ready} of ${one.wanted}`)],
    ], workloads) : make("p.empty", {}, "The masters have applied no addons yet."));
}

const card = (title, remark, body) => make("section.card", { "aria-label": title }, make("h2", {}, title, make("small", {}, remark)), body);
