import { createFetch } from "../speed/mock.mjs";
import { readers as allReaders, floor, loadReader } from "../speed/readers.mjs";
import { streams } from "../speed/streams.mjs";

export const title = "Memory of an open stream, over a mocked fetch";
export const note = "KiB for each of 1,000 streams that have yielded a chunk and wait for the next.";
export const columns = ["KiB"];
export const readers = ["the floor", ...Object.keys(allReaders)];

const STREAMS = 1_000;

function usedKiB() {
  gc();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 1_024;
}

/** @param {string} reader */
export async function* measure(reader) {
  const run = reader === "the floor" ? floor([]) : await loadReader(reader);
  const [event] = streams["one event a read"]().reads;
  // A network would hold these; without them the streams would be garbage collected.
  const waiting = [];
  const open = () => {
    const reads = [event.slice()].values();
    // A second pull means that the first event was processed.
    const silence = () => new Promise((resolve) => waiting.push(resolve));
    return run(
      createFetch(() => reads.next().value ?? silence()),
      () => {},
    );
  };
  await Promise.race([open(), new Promise((resolve) => setTimeout(resolve, 200))]);
  const before = usedKiB();
  const kept = Array.from({ length: STREAMS }, open);
  while (waiting.length <= STREAMS) await new Promise((resolve) => setTimeout(resolve, 20));
  const after = usedKiB();
  yield ((after - before) / kept.length).toFixed(1);
}
