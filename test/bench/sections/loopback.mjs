import { formatSpread, getRatios, measureCpu, measurePairs } from "../speed/measure.mjs";
import { readers as allReaders, floor, loadReader } from "../speed/readers.mjs";
import { serve } from "../speed/serve.mjs";
import { streams } from "../speed/streams.mjs";

export const title = "Decode and parse, over HTTP/1.1 on loopback";
export const note = "Processor time of the client's process as a multiple of the floor's; the server has its own.";
export const readers = Object.keys(allReaders);
export const columns = ["64 KiB reads", "one event a read", "not ASCII"];

/** @param {string} reader */
export async function* measure(reader) {
  const run = await loadReader(reader);
  const server = await serve();
  for (const name of columns) {
    const fetch = server.createFetch(name);
    const time = (read) => () => measureCpu(() => read(fetch, () => {}));
    yield formatSpread(getRatios(await measurePairs(time(floor(streams[name]().payloads)), time(run))));
  }
  server.stop();
}
