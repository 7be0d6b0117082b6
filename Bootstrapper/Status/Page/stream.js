// The event stream: a snapshot first, then one message for each machine that changes.
import { takeCluster, takeNode, takeSnapshot } from "./store.js";

const RETRY = 2000;

// say("live" | "lost")
export function listen(say) {
  const stream = new EventSource("/api/v1/events");
  const on = (name, take) => stream.addEventListener(name, message => take(JSON.parse(message.data)));
  on("snapshot", takeSnapshot);
  on("node", takeNode);
  on("cluster", takeCluster);
  stream.addEventListener("open", () => say("live"));
  stream.addEventListener("error", () => {
    say("lost");
    if (stream.readyState !== EventSource.CLOSED) return;
    setTimeout(() => listen(say), RETRY);
  });
}
