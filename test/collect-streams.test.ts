import { describe, expect, it } from "vitest";
import { collect, stream } from "../src/index.js";
import { replayFetch } from "./helpers/recorded-fetch.js";
import { MODEL_SLUG, messages, singleAttempt } from "./helpers/requests.js";
import { listVectors, readVector, readVectorCompletion } from "./helpers/vectors.js";

/** The bytes in reads of this size. */
function cut(bytes: Uint8Array, size: number): Uint8Array[] {
  const count = Math.ceil(bytes.length / size);
  return Array.from({ length: count }, (_, read) => bytes.subarray(read * size, (read + 1) * size));
}

const cuts = [Number.POSITIVE_INFINITY, 1_000, 97, 7, 1].map((size) => ({ size }));

describe.each(listVectors())("the stream of %s", (name) => {
  it.each(cuts)("in reads of $size bytes adds up to the completion beside it", async ({ size }) => {
    const bytes = readVector(name);
    const fetch = replayFetch(cut(bytes, Math.min(size, bytes.length)));
    const completion = await collect(stream({ model: MODEL_SLUG, messages }, singleAttempt(fetch)));
    expect(completion).toEqual(readVectorCompletion(name));
  });
});
