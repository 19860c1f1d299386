import { fetchOf } from "../speed/mock.mjs";
import { readers as all, floor, runOf } from "../speed/readers.mjs";
import { streams } from "../speed/streams.mjs";

export const title = "Memory of an open stream, over a mocked fetch";
export const note = "KiB for each of 1,000 streams that have given a chunk and wait for the next.";
export const columns = ["KiB"];
export const readers = ["the floor", ...Object.keys(all)];

const STREAMS = 1_000;

function used() {
  gc();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 1_024;
}

/** @param {string} reader */
export async function* measure(reader) {
  const run = reader === "the floor" ? floor([]) : await runOf(reader);
  const [event] = streams["one event a read"]().reads;
  // What a network would hold of a stream that waits; without it the streams would be collected.
  const waiting = [];
  const open = () => {
    const reads = [event.slice()].values();
    // Who asks again has dealt with the first event.
    const silence = () => new Promise((resolve) => waiting.push(resolve));
    return run(
      fetchOf(() => reads.next().value ?? silence()),
      () => {},
    );
  };
  await Promise.race([open(), new Promise((resolve) => setTimeout(resolve, 200))]);
  const before = used();
  const kept = Array.from({ length: STREAMS }, open);
  while (waiting.length <= STREAMS) await new Promise((resolve) => setTimeout(resolve, 20));
  const after = used();
  yield ((after - before) / kept.length).toFixed(1);
}
