import { cpu, pairs, ratios, show } from "../speed/measure.mjs";
import { replay } from "../speed/mock.mjs";
import { readers as all, floor, runOf } from "../speed/readers.mjs";
import { streams } from "../speed/streams.mjs";

export const title = "Decode and parse, over a mocked fetch";
export const note =
  "Processor time as a multiple of the floor's. Without a number: the client fails on tool calls where no tools were given.";
export const readers = Object.keys(all);
export const columns = Object.keys(streams);

/** @param {string} reader @returns {AsyncGenerator<string>} The cells of its row, as in each section. */
export async function* measure(reader) {
  const run = await runOf(reader);
  let seen = 0;
  const each = () => {
    seen++;
  };
  for (const make of Object.values(streams)) {
    const { payloads, reads } = make();
    const time = (read) => () => {
      const fetch = replay(reads);
      return cpu(() => read(fetch, each));
    };
    yield show(ratios(await pairs(time(floor(payloads)), time(run))));
  }
  if (seen === 0) throw new Error(`${reader} handed nothing out`);
}
