/** JSON that no server should send: whatever it is, what comes out is an answer or a BasetenError, never a TypeError. */

import fc from "fast-check";
import { describe, it } from "vitest";
import { BasetenError, collect, completion, stream, text } from "../../src/index.js";
import { type Responder, recordedFetch, sseResponse } from "../helpers/recorded-fetch.js";
import { REQUEST } from "../helpers/requests.js";
import { DONE_EVENT, sseEvent } from "../helpers/wire-chunks.js";

const odd = fc.oneof(
  fc.constantFrom<unknown>(null, 0, 1, "", "x", true, [], {}, [null], [1], [{}], [[]]),
  fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<unknown>,
);

/** An object that has any of these fields, now and then as it should be. */
function partly(fields: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 1, arbitrary: odd }, { weight: 5, arbitrary: fc.record(fields, { requiredKeys: [] }) });
}

const tool = partly({ index: odd, id: odd, type: odd, function: partly({ name: odd, arguments: odd }) });
const message = partly({
  role: odd,
  content: odd,
  refusal: odd,
  reasoning: odd,
  reasoning_content: odd,
  tool_calls: fc.oneof(odd, fc.array(tool, { maxLength: 3 })),
});
const choice = partly({
  index: fc.oneof(odd, fc.nat(1)),
  delta: message,
  message,
  finish_reason: odd,
  logprobs: partly({ content: odd, refusal: odd }),
});
const answer = partly({
  id: odd,
  created: odd,
  choices: fc.oneof(odd, fc.array(choice, { maxLength: 3 })),
  usage: odd,
  error: odd,
  message: odd,
});

async function drain(items: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of items);
}

/** Runs a call against a reply, and passes over the errors that it may throw. */
async function honest(call: (options: object) => Promise<unknown>, give: Responder): Promise<void> {
  try {
    await call({ baseURL: "http://host.test", maxRetries: 0, fetch: recordedFetch(give) });
  } catch (error) {
    if (!(error instanceof BasetenError)) throw error;
    JSON.stringify(error);
  }
}

const calls: Record<string, (options: object) => Promise<unknown>> = {
  completion: (options) => completion(REQUEST, options),
  stream: (options) => drain(stream(REQUEST, options)),
  collect: (options) => collect(stream(REQUEST, options)),
  text: (options) => drain(text(stream(REQUEST, options))),
};
const settings = { seed: 20_261_122, numRuns: 1_000 };

describe.each(Object.entries(calls))("%s", (_, call) => {
  it("of any JSON at 200", () =>
    fc.assert(
      fc.asyncProperty(answer, (body) => honest(call, () => new Response(JSON.stringify(body)))),
      settings,
    ));

  it("of any JSON at an error's status", () =>
    fc.assert(
      fc.asyncProperty(
        fc.oneof(answer, fc.record({ error: partly({ message: odd, code: odd, type: odd, param: odd }) })),
        fc.constantFrom(400, 403, 429, 500),
        (body, status) => honest(call, () => new Response(JSON.stringify(body), { status })),
      ),
      settings,
    ));

  it("of any JSON in events", () =>
    fc.assert(
      fc.asyncProperty(fc.array(answer, { maxLength: 4 }), (chunks) =>
        honest(call, sseResponse([...chunks.map(sseEvent), DONE_EVENT])),
      ),
      settings,
    ));

  it("of any bytes", () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 4 }), (pieces) =>
        honest(call, sseResponse(pieces)),
      ),
      settings,
    ));
});
