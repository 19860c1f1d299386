/** Arbitrary JSON and bytes from a server: a call must succeed or reject with a BasetenError, never with a TypeError. */

import fc from "fast-check";
import { describe, it } from "vitest";
import { BasetenError, collect, completion, stream, text } from "../../src/index.js";
import { type Responder, recordedFetch, sseResponse } from "../helpers/recorded-fetch.js";
import { REQUEST } from "../helpers/requests.js";
import { DONE_EVENT, sseEvent } from "../helpers/wire-chunks.js";

const anyValue = fc.oneof(
  fc.constantFrom<unknown>(null, 0, 1, "", "x", true, [], {}, [null], [1], [{}], [[]]),
  fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<unknown>,
);

/** An object with any subset of these fields, or any other value. */
function partly(fields: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 1, arbitrary: anyValue },
    { weight: 5, arbitrary: fc.record(fields, { requiredKeys: [] }) },
  );
}

const tool = partly({
  index: anyValue,
  id: anyValue,
  type: anyValue,
  function: partly({ name: anyValue, arguments: anyValue }),
});
const message = partly({
  role: anyValue,
  content: anyValue,
  refusal: anyValue,
  reasoning: anyValue,
  reasoning_content: anyValue,
  tool_calls: fc.oneof(anyValue, fc.array(tool, { maxLength: 3 })),
});
const choice = partly({
  index: fc.oneof(anyValue, fc.nat(1)),
  delta: message,
  message,
  finish_reason: anyValue,
  logprobs: partly({ content: anyValue, refusal: anyValue }),
});
const anyBody = partly({
  id: anyValue,
  created: anyValue,
  choices: fc.oneof(anyValue, fc.array(choice, { maxLength: 3 })),
  usage: anyValue,
  error: anyValue,
  message: anyValue,
});

async function readAll(items: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of items);
}

/** Makes a call that gets this response, and ignores a BasetenError, which must have a JSON form. Rethrows anything else. */
async function expectNoOtherError(call: (options: object) => Promise<unknown>, respond: Responder): Promise<void> {
  try {
    await call({ baseURL: "http://host.test", maxRetries: 0, fetch: recordedFetch(respond) });
  } catch (error) {
    if (!(error instanceof BasetenError)) throw error;
    JSON.stringify(error);
  }
}

const calls: Record<string, (options: object) => Promise<unknown>> = {
  completion: (options) => completion(REQUEST, options),
  stream: (options) => readAll(stream(REQUEST, options)),
  collect: (options) => collect(stream(REQUEST, options)),
  text: (options) => readAll(text(stream(REQUEST, options))),
};
const settings = { seed: 20_261_122, numRuns: 1_000 };

describe.each(Object.entries(calls))("%s succeeds or rejects with a BasetenError", (_, call) => {
  it("for any JSON with status 200", () =>
    fc.assert(
      fc.asyncProperty(anyBody, (body) => expectNoOtherError(call, () => new Response(JSON.stringify(body)))),
      settings,
    ));

  it("for any JSON with an error status", () =>
    fc.assert(
      fc.asyncProperty(
        fc.oneof(
          anyBody,
          fc.record({ error: partly({ message: anyValue, code: anyValue, type: anyValue, param: anyValue }) }),
        ),
        fc.constantFrom(400, 403, 429, 500),
        (body, status) => expectNoOtherError(call, () => new Response(JSON.stringify(body), { status })),
      ),
      settings,
    ));

  it("for any JSON in events", () =>
    fc.assert(
      fc.asyncProperty(fc.array(anyBody, { maxLength: 4 }), (chunks) =>
        expectNoOtherError(call, sseResponse([...chunks.map(sseEvent), DONE_EVENT])),
      ),
      settings,
    ));

  it("for any bytes", () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 4 }), (pieces) =>
        expectNoOtherError(call, sseResponse(pieces)),
      ),
      settings,
    ));
});
