/** Runs the suites where a page, a worker or a service worker has loaded them, and tells the site what became of them. */
import { run } from "../suite/index.mjs";

/** @param {Pick<import("../suite/endpoint.mjs").Context, "lib" | "servers">} loaded */
export function report(loaded) {
  const { searchParams } = new URL(location.href);
  const send = async () => {
    const cells = await run({ api: searchParams.get("api"), ...loaded });
    await fetch(`/report/${searchParams.get("id")}`, { method: "POST", body: JSON.stringify({ cells }) });
  };
  // A service worker lives as long as an event keeps it alive.
  if ("ServiceWorkerGlobalScope" in globalThis) addEventListener("install", (event) => event.waitUntil(send()));
  else return send();
}
