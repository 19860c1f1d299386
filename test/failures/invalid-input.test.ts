/** Requests and options that are refused before anything is sent, with an error that names the field. */

import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { completion, type Options, stream } from "../../src/index.js";
import { httpHelloResponse } from "../helpers/http-response.js";
import { withTimeout } from "../helpers/leak-check.js";
import { REQUEST } from "../helpers/requests.js";
import { withServer } from "./describe-failures.js";
import { expectError } from "./expect-error.js";

type Call = (request: never, options: Options) => Promise<unknown>;

const calls: Record<string, Call> = {
  completion: (request, options) => completion(request, options),
  stream: (request, options) => stream(request, options).next(),
};

const cyclic: Record<string, unknown> = { ...REQUEST };
cyclic.metadata = cyclic;

/** A request, and the field that the error must name. */
const requests: [string, unknown, string?][] = [
  ["a string instead of an object", "hello"],
  ["null", null],
  ["undefined", undefined],
  ["no model", { messages: REQUEST.messages }, "model"],
  ["a model that is not a string", { ...REQUEST, model: 7 }, "model"],
  ["an empty model", { ...REQUEST, model: "" }, "model"],
  ["no messages", { model: REQUEST.model }, "messages"],
  ["messages that are not an array", { ...REQUEST, messages: "hello" }, "messages"],
  ["a BigInt", { ...REQUEST, seed: 1n }],
  ["a circular reference", cyclic],
  [
    "a toJSON() that throws",
    {
      ...REQUEST,
      user: {
        toJSON: () => {
          throw new Error("no");
        },
      },
    },
  ],
  ["an api_key field", { ...REQUEST, api_key: "s3cret-s3cret" }, "api_key"],
  ["an apiKey field", { ...REQUEST, apiKey: "s3cret-s3cret" }, "apiKey"],
  ["an api_base field", { ...REQUEST, api_base: "http://host.test" }, "api_base"],
  ["a base_url field", { ...REQUEST, base_url: "http://host.test" }, "base_url"],
  ["a baseURL field", { ...REQUEST, baseURL: "http://host.test" }, "baseURL"],
];

/** Options, and the option that the error must name. */
const options: [string, Record<string, unknown>, string][] = [
  ...([0, -1, Number.NaN, Number.NEGATIVE_INFINITY, "100", null].map((timeout): [string, object, string] => [
    `timeout: ${inspect(timeout)}`,
    { timeout },
    "timeout",
  ]) as [string, Record<string, unknown>, string][]),
  ...["response", "idle", "total"].flatMap((name) =>
    [0, -1, Number.NaN, "100"].map((ms): [string, Record<string, unknown>, string] => [
      `timeout.${name}: ${inspect(ms)}`,
      { timeout: { [name]: ms } },
      name,
    ]),
  ),
  ...[-1, Number.NaN, "2"].map((maxRetries): [string, Record<string, unknown>, string] => [
    `maxRetries: ${inspect(maxRetries)}`,
    { maxRetries },
    "maxRetries",
  ]),
  ["a baseURL that is not a URL", { baseURL: "nowhere" }, "baseURL"],
  ["a baseURL with another scheme", { baseURL: "ftp://host.test" }, "baseURL"],
  ["a baseURL with credentials", { baseURL: "http://me:pw@host.test" }, "baseURL"],
  ["a baseURL with a hash", { baseURL: "http://host.test/#x" }, "baseURL"],
  ["a deployment beside a baseURL", { deployment: { modelId: "abcd1234" } }, "deployment"],
];

describe.each(Object.entries(calls))("%s rejects with BadRequestError before sending", (_, call) => {
  it.each(requests)("for the request: %s", (_, request, field = "") =>
    withServer([httpHelloResponse], async (server, given) => {
      const error = await withTimeout(call(request as never, given), "the refusal").catch((caught: unknown) => caught);
      expectError(error, {
        name: "BadRequestError",
        messageIncludes: [field],
        messageExcludes: ["s3cret"],
        attempts: 0,
        fields: { status: undefined },
      });
      expect(server.openedConnections).toBe(0);
    }),
  );

  it.each(options)("for the option %s", (_, invalid, option) =>
    withServer([httpHelloResponse], async (server, given) => {
      const error = await withTimeout(call(REQUEST as never, { ...given, ...invalid }), "the refusal").catch(
        (caught: unknown) => caught,
      );
      expectError(error, {
        name: "BadRequestError",
        messageIncludes: [option],
        messageExcludes: ["pw"],
        attempts: 0,
        fields: { status: undefined },
      });
      expect(server.openedConnections).toBe(0);
    }),
  );
});

describe("the stream field of a request", () => {
  it.each([
    ["completion", true],
    ["stream", false],
  ])("makes %s reject with BadRequestError if it is %s", (kind, streamed) =>
    withServer([httpHelloResponse], async (server, given) => {
      const call = calls[kind] as Call;
      const error = await call({ ...REQUEST, stream: streamed } as never, given).catch((caught: unknown) => caught);
      expectError(error, { name: "BadRequestError", messageIncludes: ["stream"], attempts: 0 });
      expect(server.openedConnections).toBe(0);
    }),
  );
});
