// The event stream: a snapshot first, then one message for each machine that changes.
import { takeCluster, takeNode, takeSnapshot } from "./store.js";

const RETRY = 2000;

// say("live" | "lost" | "locked"); mayRead() settles whether whoever looks may see anything.
export function listen(say, mayRead) {
  const stream = new EventSource("/api/v1/events");
  const on = (name, take) => stream.addEventListener(name, message => take(JSON.parse(message.data)));
  on("snapshot", takeSnapshot);
  on("node", takeNode);
  on("cluster", takeCluster);
  stream.addEventListener("open", () => say("live"));
  stream.addEventListener("error", async () => {
    say("lost");
    if (stream.readyState !== EventSource.CLOSED) return;
    if (await mayRead()) setTimeout(() => listen(say, mayRead), RETRY);
    else say("locked");
  });
}
