import { findSpread, measureCpu } from "../speed/measure.mjs";
import { replay } from "../speed/mock.mjs";
import { chunkReaders, loadReader } from "../speed/readers.mjs";
import { reads, single, streamOf } from "../speed/streams.mjs";

export const title = "Linearity, over a mocked fetch";
export const note =
  "µs of the processor per KiB, of one event that grows. Where the work is linear, a row's halves are flat.";
export const readers = chunkReaders;

const KiB = 1_024;
const MiB = 1_024 * KiB;

/** The sizes of the event, and of the reads it comes in. */
const cases = [
  { size: MiB / 4, read: 16 * KiB },
  { size: MiB, read: 16 * KiB },
  { size: 4 * MiB, read: 16 * KiB },
  { size: 15 * MiB, read: 16 * KiB },
  { size: 16 * KiB, read: 16 },
  { size: 64 * KiB, read: 16 },
  { size: 256 * KiB, read: 16 },
  { size: MiB, read: 16 },
];

const formatSize = (bytes) =>
  bytes >= MiB / 4 ? `${bytes / MiB} MiB` : bytes >= KiB ? `${bytes / KiB} KiB` : `${bytes} B`;

export const columns = cases.map(({ size, read }) => `${formatSize(size)} in reads of ${formatSize(read)}`);

/** @param {string} reader */
export async function* measure(reader) {
  const run = await loadReader(reader);
  for (const { size, read } of cases) {
    const stream = streamOf(single(size), reads(read));
    const took = [];
    for (let turn = 0; turn < 6; turn++) {
      const fetch = replay(stream.reads);
      took.push(await measureCpu(() => run(fetch, () => {})));
    }
    // The first one warms up.
    yield (findSpread(took.slice(1)).median / (size / KiB)).toFixed(1);
  }
}
