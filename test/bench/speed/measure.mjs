/**
 * Measuring in pairs: what is compared runs by turns in the same process, so that what else the machine does, its clock
 * and its caches hit both alike, and one quotient or difference is kept for each pair.
 *
 * @typedef {{ median: number, low: number, high: number }} Spread Median and quartiles.
 */

/** How long to warm up and to measure, in ms, and how many pairs to take at least. */
const bounds = { warm: 400, measure: 1_200, pairs: 9 };

/** @param {number[]} values @returns {Spread} */
export function spread(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share) => sorted[Math.round(share * (sorted.length - 1))];
  return { median: at(0.5), low: at(0.25), high: at(0.75) };
}

/** The time of the processor, in µs, that this process has used. */
function processor() {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** The µs of the processor that `act` takes. @param {() => Promise<unknown>} act */
export async function cpu(act) {
  const start = processor();
  await act();
  return processor() - start;
}

/**
 * Runs two things by turns, each first every other time.
 *
 * @param {() => Promise<number>} floor Runs the one and gives what it took.
 * @param {() => Promise<number>} subject Runs the other.
 * @returns {Promise<[number, number][]>} What each pair took: floor, subject.
 */
export async function pairs(floor, subject) {
  const start = performance.now();
  const kept = [];
  for (let turn = 0; kept.length < bounds.pairs || performance.now() - start < bounds.warm + bounds.measure; turn++) {
    const order = turn % 2 ? [floor, subject] : [subject, floor];
    const took = [await order[0](), await order[1]()];
    if (performance.now() - start > bounds.warm) kept.push(turn % 2 ? took : took.reverse());
  }
  return kept;
}

/** @param {[number, number][]} kept */
export const ratios = (kept) => spread(kept.map(([floor, subject]) => subject / floor));

/** @param {[number, number][]} kept */
export const differences = (kept) => spread(kept.map(([floor, subject]) => subject - floor));

/** A spread in a table. @param {Spread} spread @param {number} [digits] Behind the point. */
export function show({ median, low, high }, digits = 2) {
  const [middle, from, to] = [median, low, high].map((value) => value.toFixed(digits));
  return `${middle} (${from} to ${to})`;
}
