// What things are called, and how numbers and times are written, everywhere on the page.

const STAGES = {
  waiting: "waiting for power-on",
  discovered: "discovered",
  booting: "booting",
  wiping: "erasing its disks",
  installing: "installing",
  failed: "failed",
  installed: "installed",
  enrolled: "enrolled",
  healthy: "healthy",
  unhealthy: "unhealthy",
  held: "held",
};

export const STATIONS = [
  { id: "power", name: "Power", next: "to be powered on" },
  { id: "loader", name: "Boot loader", next: "address and boot loader" },
  { id: "script", name: "Boot script", next: "boot script" },
  { id: "system", name: "Live system", next: "kernel and live system" },
  { id: "disk", name: "Installation", next: "writing to its disk" },
  { id: "keys", name: "Certificates", next: "own keys and certificates" },
  { id: "services", name: "Services", next: "its services" },
  { id: "done", name: "Ready", next: "" },
];

// The states a machine is shown in, the most urgent first: what they are called, and their sign.
export const STATES = {
  stuck: { word: "stuck", icon: "i-stuck" },
  warning: { word: "warning", icon: "i-warning" },
  decision: { word: "your decision", icon: "i-decision" },
  work: { word: "at work", icon: "i-work" },
  idle: { word: "waiting for power-on", icon: "i-idle" },
  ok: { word: "ready", icon: "i-ok" },
};

const ROLES = { kube_master: "master", etcd_member: "etcd", worker: "worker", ingress: "ingress" };

export const stageWord = node => node.station === "done" && node.stage === "enrolled" ? "in service" : STAGES[node.stage] ?? node.stage;
export const roleWord = role => ROLES[role] ?? role;
export const nameOf = node => node.hostname ?? node.mac;
export const macPath = mac => mac.replaceAll(":", "-").toLowerCase();

export function stateOf(node) {
  if (node.attention) return node.attention.grade;
  if (node.node_ready === false) return "work";
  if (node.station === "done") return "ok";
  return node.station === "power" ? "idle" : "work";
}

// How much of the way is behind a machine, 0 to 1: whole stations, and of the live system's loading as much as has arrived.
export function behind(node) {
  const at = STATIONS.findIndex(station => station.id === node.station);
  if (at <= 0) return 0;
  const { transfer } = node;
  const part = LOADING.includes(node.station) && transfer?.total ? transfer.bytes / transfer.total : 0;
  return Math.min(1, (at - 1 + part) / (STATIONS.length - 2));
}

const LOADING = ["system", "disk"];

// The transfer that is under way while it installs.
export const transferOf = node => LOADING.includes(node.station) && node.transfer && node.transfer.bytes < node.transfer.total ? node.transfer : null;

export function duration(milliseconds) {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 172800) return `${Math.floor(seconds / 3600)} h ${Math.floor(seconds / 60) % 60} min`;
  return `${Math.floor(seconds / 86400)} d`;
}

export const ago = (at, now = Date.now()) => duration(now - Date.parse(at));

export function until(at, now = Date.now()) {
  const left = Date.parse(at) - now;
  return left >= 0 ? `in ${duration(left)}` : `${duration(-left)} ago`;
}

// 2026-01-31 13:45:09 in the reader's time zone: one width, and it sorts.
export function moment(text) {
  const at = new Date(text);
  const two = number => String(number).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

// Since when: the clock today, the date before.
export function since(text) {
  const whole = moment(text);
  return whole.slice(0, 10) === moment(Date.now()).slice(0, 10) ? whole.slice(11, 16) : whole.slice(0, 16);
}

export function size(bytes) {
  if (bytes == null) return "–";
  if (bytes < 1e3) return `${bytes} B`;
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(bytes < 1e4 ? 1 : 0)} kB`;
  if (bytes < 1e9) return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
  return `${(bytes / 1e9).toFixed(2)} GB`;
}

export const plural = (count, one, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;
