import { formatSpread, getRatios, measureCpu, measurePairs } from "../speed/measure.mjs";
import { replay } from "../speed/mock.mjs";
import { readers as allReaders, floor, loadReader } from "../speed/readers.mjs";
import { streams } from "../speed/streams.mjs";

export const title = "Decode and parse, over a mocked fetch";
export const note =
  "Processor time as a multiple of the floor's. A dash at the tool arguments: the client fails on tool calls where no tools were given.";
export const readers = Object.keys(allReaders);
export const columns = Object.keys(streams);

/** @param {string} reader @returns {AsyncGenerator<string>} The cells of its row, as in each section. */
export async function* measure(reader) {
  const run = await loadReader(reader);
  let seen = 0;
  const onItem = () => {
    seen++;
  };
  for (const make of Object.values(streams)) {
    const { payloads, reads } = make();
    const time = (read) => () => {
      const fetch = replay(reads);
      return measureCpu(() => read(fetch, onItem));
    };
    yield formatSpread(getRatios(await measurePairs(time(floor(payloads)), time(run))));
  }
  if (seen === 0) throw new Error(`${reader} yielded nothing`);
}
