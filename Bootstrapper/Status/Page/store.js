// What the service said last: the machines and the cluster. Whoever shows it is told once a frame what changed.

export const nodes = new Map();
export let cluster = null;

const watchers = new Set();
const changed = new Set();
let everything = false;
let clusterChanged = false;
let due = false;

// watch(({ macs, everything, cluster }) => …)
export function watch(watcher) {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

export function takeSnapshot(snapshot) {
  nodes.clear();
  for (const node of snapshot.nodes) nodes.set(node.mac, node);
  cluster = snapshot.cluster;
  everything = clusterChanged = true;
  soon();
}

export function takeNode(node) {
  if (!nodes.has(node.mac)) everything = true;
  nodes.set(node.mac, node);
  changed.add(node.mac);
  soon();
}

export function takeCluster(next) {
  cluster = next;
  clusterChanged = true;
  soon();
}

function soon() {
  if (due) return;
  due = true;
  requestAnimationFrame(tell);
}

function tell() {
  due = false;
  const change = { macs: new Set(changed), everything, cluster: clusterChanged };
  changed.clear();
  everything = clusterChanged = false;
  for (const watcher of watchers) watcher(change);
}
