// Where the reader is, kept in the address: #/machine/52-54-00-00-00-01, #/?q=node1&role=worker.

const VIEWS = ["rack", "machine", "cluster", "network", "content", "events"];

export function current() {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  const [view = "", item = ""] = path.split("/");
  return { view: VIEWS.includes(view) ? view : "rack", item: decodeURIComponent(item), query: new URLSearchParams(query) };
}

// Keeps what is typed into a filter, without a step back for each letter.
export function keep(view, parameters) {
  const query = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value));
  history.replaceState(null, "", `#/${view === "rack" ? "" : view}${query.size ? `?${query}` : ""}`);
}

export const machineHref = mac => `#/machine/${mac.replaceAll(":", "-").toLowerCase()}`;

export function onChange(handler) {
  addEventListener("hashchange", () => handler(current()));
  handler(current());
}
