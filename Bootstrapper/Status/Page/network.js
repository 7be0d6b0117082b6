// Leases and names.
import { get } from "./api.js";
import { byId, drawnOnce, make, pill, table } from "./dom.js";
import { machineHref } from "./route.js";
import { moment, plural, until } from "./words.js";

export async function drawNetwork() {
  const [leases, zone] = await Promise.all([get("leases"), get("zone")]);
  const section = byId("view-network");
  drawnOnce(section, [leases, zone], () => section.replaceChildren(make("h1", { id: "network-title" }, "Network"), leasesCard(leases), zoneCard(zone)));
}

function leasesCard(leases) {
  const states = { bound: ["ok", "i-ok"], offered: ["work", "i-work"], declined: ["warning", "i-warning"] };
  return make("section.card", { "aria-label": "Leases" }, make("h2", {}, "Leases", make("small", {}, leases.length ? `${leases.filter(lease => lease.state === "bound").length} in force, ${leases.length} known` : "")),
    leases.length ? table("DHCP leases", [
      ["Address", "fixed", lease => lease.address], ["Machine", "", lease => make("a", { href: machineHref(lease.mac) }, lease.hostname ?? lease.mac)], ["MAC", "fixed.mono", lease => lease.mac],
      ["State", "", lease => pill(...states[lease.state] ?? ["idle", "i-idle"], lease.state)], ["Asked by", "", lease => lease.client],
      ["Since", "fixed", lease => moment(lease.since)], ["Ends", "fixed", lease => make("span", { title: moment(lease.expires_at) }, until(lease.expires_at))],
    ], leases) : make("p.empty", {}, "None. Either no machine has asked yet, or another server gives the addresses."));
}

function zoneCard(zone) {
  const sources = { plan: "the description", lease: "a lease", health: "masters that answer" };
  return make("section.card", { "aria-label": "Names" }, make("h2", {}, `Names in ${zone.domain}`, make("small", {}, zone.is_served ? plural(zone.records.length, "record") : "DNS is off here: another server has to know these")),
    table("Names of the cluster", [
      ["Name", "", record => record.name], ["Type", "fixed", record => record.type], ["Value", "mono", record => record.value], ["From", "", record => sources[record.source] ?? record.source],
    ], zone.records));
}
