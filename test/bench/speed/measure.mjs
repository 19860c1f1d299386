/**
 * Measures in pairs: the two sides of a comparison run alternately in the same process, so that other load on the machine,
 * its clock rate and its caches affect both. Each pair gives one quotient or difference.
 *
 * @typedef {{ median: number, low: number, high: number }} Spread Median and quartiles.
 */

/** How long to warm up and to measure, and the least number of pairs. */
const WARM_UP_MS = 400;
const MEASURE_MS = 5_000;
const MIN_PAIRS = 9;

/** @param {number[]} values @returns {Spread} */
export function findSpread(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const quantile = (share) => sorted[Math.round(share * (sorted.length - 1))];
  return { median: quantile(0.5), low: quantile(0.25), high: quantile(0.75) };
}

/** The processor time, in µs, that this process has used. */
function readCpu() {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** The µs of processor time that `act` takes. @param {() => Promise<unknown>} act */
export async function measureCpu(act) {
  const start = readCpu();
  await act();
  return readCpu() - start;
}

/**
 * Runs two things alternately, each first in every other pair.
 *
 * @param {() => Promise<number>} floor Runs the one and returns what it took.
 * @param {() => Promise<number>} subject Runs the other.
 * @returns {Promise<[number, number][]>} What each pair took: floor, subject.
 */
export async function measurePairs(floor, subject) {
  const start = performance.now();
  const kept = [];
  for (let turn = 0; kept.length < MIN_PAIRS || performance.now() - start < WARM_UP_MS + MEASURE_MS; turn++) {
    const order = turn % 2 ? [floor, subject] : [subject, floor];
    const took = [await order[0](), await order[1]()];
    if (performance.now() - start > WARM_UP_MS) kept.push(turn % 2 ? took : took.reverse());
  }
  return kept;
}

/** @param {[number, number][]} pairs */
export const getRatios = (pairs) => findSpread(pairs.map(([floor, subject]) => subject / floor));

/** @param {[number, number][]} pairs */
export const getDifferences = (pairs) => findSpread(pairs.map(([floor, subject]) => subject - floor));

/** A spread as a cell of a table. @param {Spread} spread @param {number} [digits] Behind the point. */
export function formatSpread({ median, low, high }, digits = 2) {
  const [middle, from, to] = [median, low, high].map((value) => value.toFixed(digits));
  return `${middle} (${from} to ${to})`;
}
