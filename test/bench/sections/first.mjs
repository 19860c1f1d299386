import { formatSpread, getDifferences, measurePairs } from "../speed/measure.mjs";
import { readers as allReaders, loadReader, post } from "../speed/readers.mjs";
import { serve } from "../speed/serve.mjs";

export const title = "Time to the first chunk, over HTTP/1.1 on loopback";
export const note =
  "µs by the clock, from the call to the first item, beyond those of a POST with fetch, one read and JSON.parse.";
export const readers = Object.keys(allReaders);
export const columns = ["µs more"];

/** The least code that gets the first chunk of a stream whose first read is one event. */
async function readFirstChunk(fetch, onItem) {
  const { body } = await fetch(...post());
  const reader = body.getReader();
  const { value } = await reader.read();
  onItem(JSON.parse(new TextDecoder().decode(value).split("\n\n")[0].slice("data: ".length)));
  for (let { done } = await reader.read(); !done; { done } = await reader.read());
}

/** µs from the call to the first item; the rest is read, and not counted. */
async function time(run, fetch) {
  const start = performance.now();
  let took;
  await run(fetch, () => {
    took ??= (performance.now() - start) * 1_000;
  });
  return took;
}

/** @param {string} reader */
export async function* measure(reader) {
  const run = await loadReader(reader);
  const server = await serve();
  const fetch = server.createFetch("first");
  const kept = await measurePairs(
    () => time(readFirstChunk, fetch),
    () => time(run, fetch),
  );
  server.stop();
  yield formatSpread(getDifferences(kept), 0);
}
