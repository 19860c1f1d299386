import { createFetch, replay } from "../speed/mock.mjs";
import { readers as allReaders, loadReader } from "../speed/readers.mjs";
import { streams } from "../speed/streams.mjs";

export const title = "The heap over a million chunks, over a mocked fetch";
export const note =
  "KiB in use after a collection, beyond what was in use before the call. ai and xsai keep the text and the steps of the answer.";
export const columns = ["after 100,000 chunks", "after 1,000,000"];

const MILLION = 1_000_000;
const LAST = new TextEncoder().encode("data: [DONE]\n\n");

/** The reads of a stream of a million chunks: one event again and again, in 64 KiB. */
function* generateReads() {
  const { payloads } = streams["64 KiB reads"]();
  const event = `data: ${payloads[0]}\n\n`;
  const perRead = Math.floor(65_536 / event.length);
  const read = new TextEncoder().encode(event.repeat(perRead));
  for (let sent = 0; sent < MILLION; sent += perRead) yield read.slice();
  yield LAST;
}

function usedKiB() {
  gc();
  return process.memoryUsage().heapUsed / 1_024;
}

/** @param {string} reader */
export async function* measure(reader) {
  const run = await loadReader(reader);
  const reads = generateReads();
  // What the first call loads is not part of the stream.
  await run(replay([LAST]), () => {}).catch(() => {});
  const before = usedKiB();
  const after = [];
  let seen = 0;
  await run(
    createFetch(() => reads.next().value),
    () => {
      seen++;
      if (seen === MILLION / 10 || seen === MILLION) after.push(usedKiB() - before);
    },
  );
  yield* after.map((kib) => Math.round(kib).toLocaleString("en"));
}

export const readers = Object.keys(allReaders);
