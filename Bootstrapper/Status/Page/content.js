// What machines install from: files, and container images.
import { get } from "./api.js";
import { byId, drawnOnce, make, pill, table } from "./dom.js";
import { plural, size } from "./words.js";

const ORDER = ["damaged", "missing", "stale", "present"];

export async function drawContent() {
  const [assets, registry, transfers] = await Promise.all([get("assets"), get("registry"), get("transfers")]);
  const section = byId("view-content");
  drawnOnce(section, [assets, registry, transfers], () => section.replaceChildren(make("h1", { id: "content-title" }, "Content"), assetsCard(assets, transfers), registryCard(registry)));
}

function assetsCard({ assets, problems }, transfers) {
  const missing = assets.filter(asset => asset.state !== "present" && asset.needed).length;
  const states = asset => ({ present: ["ok", "i-ok"], stale: ["warning", "i-warning"], damaged: ["stuck", "i-stuck"] })[asset.state] ?? (asset.needed ? ["stuck", "i-stuck"] : ["idle", "i-idle"]);
  return make("section.card", { "aria-label": "Files" },
    make("h2", {}, "Files", make("small", {}, `${plural(assets.filter(asset => asset.state === "present").length, "file")} there${missing ? `, ${missing} of those that are needed not as they should be` : ""}; ${transfers.active} of ${transfers.limit} transfers running, ${transfers.waiting} waiting`)),
    problems.map(problem => make("p.notice", {}, problem)),
    assets.length ? table("Files machines install from", [
      ["File", "", asset => asset.path], ["State", "", asset => pill(...states(asset), asset.state)], ["Size", "fixed.right", asset => size(asset.size)], ["Version", "", asset => asset.version ?? "–"],
      ["Needed for", "", asset => asset.needed ?? "–"], ["Remark", "", asset => asset.remark ?? ""],
    ], [...assets].sort((one, other) => ORDER.indexOf(one.state) - ORDER.indexOf(other.state))) : make("p.empty", {}, "There are none; 'sextant assets' builds and fetches them."));
}

function registryCard({ is_here, address, images }) {
  return make("section.card", { "aria-label": "Container images" },
    make("h2", {}, "Container images", make("small", {}, is_here ? `${plural(images.length, "image")} at ${address}` : `at ${address}, a registry of somebody else`)),
    images.length ? table("Container images", [
      ["Image", "", image => image.name], ["Size", "fixed.right", image => size(image.size)], ["Platforms", "", image => image.platforms.join(", ")],
    ], images) : make("p.empty", {}, is_here ? "There are none; 'sextant images' loads and pulls them." : "What it has, it says itself."));
}
