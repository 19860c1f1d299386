import { afterAll, describe, expect, it } from "vitest";
import { type Options, route } from "../src/index.js";
import { catchBasetenError } from "./helpers/catch-error.js";
import { clearEnvironment } from "./helpers/environment.js";
import { GATEWAY_URL, MODEL_SLUG } from "./helpers/requests.js";
import { startWorkCounter } from "./helpers/work-count.js";

clearEnvironment();

const counter = await startWorkCounter();
afterAll(() => counter.stop());

const SUFFIX = "/chat/completions";

/** Models and options of a given length, and what their URL ends with; nothing where they are refused. */
const inputs: [string, (length: number) => [string, Options], ((length: number) => string) | undefined][] = [
  ["slashes at the end", (length) => [MODEL_SLUG, { baseURL: GATEWAY_URL + "/".repeat(length) }], () => `/v1${SUFFIX}`],
  [
    "slashes before /chat/completions",
    (length) => [MODEL_SLUG, { baseURL: `${GATEWAY_URL}${"/".repeat(length)}chat/completions` }],
    () => `/v1${SUFFIX}`,
  ],
  [
    "slashes inside the path",
    (length) => [MODEL_SLUG, { baseURL: `${GATEWAY_URL}${"/".repeat(length)}x` }],
    (length) => `${"/".repeat(length)}x${SUFFIX}`,
  ],
  [
    "/chat/completions again and again",
    (length) => [MODEL_SLUG, { baseURL: GATEWAY_URL + SUFFIX.repeat(length / SUFFIX.length) }],
    () => SUFFIX,
  ],
  [
    "a long query",
    (length) => [MODEL_SLUG, { baseURL: `${GATEWAY_URL}?a=${"/?@".repeat(length / 3)}b` }],
    () => "/?@b",
  ],
  ["at signs in the path", (length) => [MODEL_SLUG, { baseURL: `${GATEWAY_URL}/${"@".repeat(length)}` }], () => SUFFIX],
  ["a long hash", (length) => [MODEL_SLUG, { baseURL: `${GATEWAY_URL}#${"#".repeat(length)}` }], undefined],
  ["long credentials", (length) => [MODEL_SLUG, { baseURL: `https://${"a:".repeat(length / 2)}@x.test` }], undefined],
  ["spaces around it", (length) => [MODEL_SLUG, { baseURL: " ".repeat(length) + GATEWAY_URL }], () => `/v1${SUFFIX}`],
  ["spaces alone", (length) => [MODEL_SLUG, { baseURL: " ".repeat(length) }], undefined],
  ["a long model", (length) => ["baseten/".repeat(length / 8), {}], () => SUFFIX],
  ["a long model that ends in a space", (length) => [`${"a/".repeat(length / 2)} `, {}], undefined],
  ["a long label", (length) => [MODEL_SLUG, { deployment: { modelId: `${"a-".repeat(length / 2)}a` } }], undefined],
  [
    "a long environment",
    (length) => ["abcd1234", { deployment: { regional: true, environment: "a".repeat(length) } }],
    undefined,
  ],
];

describe.each(inputs)("route with %s", (_, create, end) => {
  const run = async (length: number) => {
    const [model, options] = create(length);
    if (!end) return (await catchBasetenError(() => route(model, options))).name;
    return route(model, options).url;
  };

  // A pattern that backtracks, 10^12 steps here, would not end at all.
  it("gives the same for a million characters as for a hundred", async () => {
    for (const length of [120, 1_000_008]) {
      if (end) expect((await run(length)).endsWith(end(length))).toBe(true);
      else expect(await run(length)).toBe("BadRequestError");
    }
  });

  it("does at most four times the work for four times the length", async () => {
    const { blocks: few } = await counter.count(() => run(12_000));
    const { blocks: many } = await counter.count(() => run(48_000));
    expect(many).toBeLessThanOrEqual(4 * few + 100);
  });
});
