// A machine's way from power-on to service, read from its timeline: when it came to each station of its last boot, and how long it took there.
import { icon, make } from "./dom.js";
import { STATES, STATIONS, duration, moment, stateOf } from "./words.js";

const PAUSE = 10 * 60_000;

// When each station was reached in the last installation; null for those not reached.
export function arrivals(timeline) {
  const isInstall = event => event.kind === "script-served" && event.summary.startsWith("boot script: install");
  const script = timeline.findLastIndex(isInstall);
  const reinstall = timeline.findLastIndex(event => event.kind === "reinstall-requested");
  const from = beginning(timeline, script > reinstall ? script : timeline.length - 1, reinstall);
  const events = timeline.slice(from);
  const first = (...kinds) => events.find(event => kinds.includes(event.kind))?.at ?? null;
  const after = script >= from ? timeline.slice(script) : [];
  const then = (...kinds) => after.find(event => kinds.includes(event.kind))?.at ?? null;
  return {
    power: events[0]?.at ?? null,
    loader: first("discovered", "leased", "address-seen"),
    script: first("boot-file-sent"),
    system: script >= from ? timeline[script].at : null,
    disk: then("config-served", "installing"),
    keys: then("installed"),
    services: then("enrolled"),
    done: after.find(event => event.kind === "etcd-health" && event.summary === "etcd member healthy")?.at ?? null,
  };
}

// Where the boot began that an event belongs to: behind the last install, a word of the operator, or a long silence.
function beginning(timeline, at, reinstall) {
  let begin = Math.max(at, 0);
  while (begin > reinstall + 1 && !["installed", "enrolled", "install-failed"].includes(timeline[begin - 1].kind)
    && Date.parse(timeline[begin].at) - Date.parse(timeline[begin - 1].at) < PAUSE) begin--;
  return begin;
}

export function drawWay(node, timeline) {
  const at = STATIONS.findIndex(station => station.id === node.station);
  const reached = arrivals(timeline);
  const isDone = node.station === "done";
  return make("ol.way", { "aria-label": "Its way" }, STATIONS.map(({ id, name }, index) => {
    const state = index < at || isDone ? "ok" : index === at ? stateOf(node) : "idle";
    const when = reached[id] ?? (id === "done" && isDone ? node.since : null);
    const next = STATIONS.slice(index + 1).map(station => reached[station.id]).find(Boolean);
    const spent = !when || isDone && index === STATIONS.length - 1 ? null : next ? Date.parse(next) - Date.parse(when) : index === at ? Date.now() - Date.parse(when) : null;
    const kind = state === "ok" ? "passed" : index === at ? "present" : "ahead";
    return make(`li.${kind}.is-${state}`, kind === "present" ? { "aria-current": "step" } : {},
      icon(STATES[state].icon), make("b", {}, name), make("span.sr", {}, `: ${kind === "passed" ? "passed" : kind === "ahead" ? "ahead" : STATES[state].word}`),
      when ? make("span", { title: moment(when) }, moment(when).slice(11)) : null,
      spent === null ? null : make("span.spent", {}, duration(spent)));
  }));
}
