/** Embeddings, as the embedding engine of a dedicated deployment gives them. */

import { describe, expect, it } from "vitest";
import { emulator } from "../../src/emulator/index.js";
import { DEDICATED, send } from "./helpers.js";

interface Embedded {
  data: { object: string; index: number; embedding: number[] }[];
  usage: object;
}

const sendInputs = (body: object, url = DEDICATED) => send(emulator(), `${url}/embeddings`, body);
const embedInputs = async (input: unknown, more: object = {}) => {
  const { json } = await sendInputs({ input, ...more });
  return (json as unknown as Embedded).data.map(({ embedding }) => embedding);
};
const dotProduct = (a: number[] = [], b: number[] = []) =>
  a.reduce((sum, number, at) => sum + number * (b[at] ?? 0), 0);

describe("embeddings", () => {
  it("have the format of the API, one for each input in the order of the inputs", async () => {
    const { status, json } = await sendInputs({ model: "mine", input: ["a duck", "b"] });
    const data = [0, 1].map((index) => ({ object: "embedding", index, embedding: expect.any(Array) }));
    expect(status).toBe(200);
    expect(json).toEqual({ object: "list", data, model: "mine", usage: { prompt_tokens: 3, total_tokens: 3 } });
  });

  it.each([
    ["a text", "duck"],
    ["tokens", [1, 2, 3]],
    ["lists of tokens", [[1], [2, 3]]],
    ["a text and tokens", ["duck", [1, 2]]],
  ])("are vectors of length 1: %s", async (_, input) => {
    for (const vector of await embedInputs(input)) expect(dotProduct(vector, vector)).toBeCloseTo(1, 5);
  });

  it("are equal for equal texts, and near each other for texts that share words", async () => {
    const [a, b, near, far] = await embedInputs([
      "a duck swims",
      "a duck swims",
      "the duck swims",
      "interest rates fell",
    ]);
    expect(a).toEqual(b);
    expect(dotProduct(a, near)).toBeGreaterThan(dotProduct(a, far) + 0.3);
  });

  it("have as many dimensions as the request says", async () => {
    expect((await embedInputs("a", { dimensions: 7 }))[0]).toHaveLength(7);
    expect((await embedInputs("a", { dimensions: 1 }))[0]).toEqual([expect.any(Number)]);
  });

  it("are never NaN, even if the words cancel each other out", async () => {
    const words = ["duck", "swims", "rates", "fell", "blue", "green", "one", "two"];
    const pairs = words.flatMap((one) => words.map((other) => `${one} ${other}`));
    for (const [number = Number.NaN] of await embedInputs(pairs, { dimensions: 1 })) expect(Math.abs(number)).toBe(1);
  });

  it("in base64 hold the same numbers", async () => {
    const { json } = await sendInputs({ input: "duck", encoding_format: "base64" });
    const { data } = json as unknown as { data: { embedding: string }[] };
    const bytes = Buffer.from(data[0]?.embedding ?? "", "base64");
    const numbers = Array.from({ length: bytes.length / 4 }, (_, at) => bytes.readFloatLE(4 * at));
    expect([numbers]).toEqual(await embedInputs("duck"));
  });

  it("of more than 128 inputs are a 413", async () => {
    expect(await embedInputs(Array.from({ length: 128 }, () => "a"))).toHaveLength(128);
    const { status, json } = await sendInputs({ input: Array.from({ length: 129 }, () => "a") });
    expect(status).toBe(413);
    expect(json).toMatchObject({ type: "Payload Too Large", code: 413, message: expect.stringContaining("128") });
  });

  it.each([
    ["input", {}],
    ["input", { input: "" }],
    ["input", { input: [] }],
    ["input", { input: ["a", ""] }],
    ["input", { input: [[]] }],
    ["input", { input: [-1] }],
    ["input", { input: 5 }],
    ["encoding_format", { input: "a", encoding_format: "int8" }],
    ["dimensions", { input: "a", dimensions: 0 }],
    ["dimensions", { input: "a", dimensions: 1e9 }],
  ])("are a 400 that names the field %s: %j", async (param, body) => {
    const { status, json } = await sendInputs(body);
    expect([status, json]).toEqual([400, { error: expect.objectContaining({ param, code: 400 }) }]);
  });

  it("are answered at a host that stands in for Baseten's", async () => {
    expect((await sendInputs({ model: "abcd1234", input: "a" }, "http://localhost/v1")).status).toBe(200);
    expect((await sendInputs({ model: "no/such", input: "a" }, "http://localhost/v1")).status).toBe(404);
  });
});
