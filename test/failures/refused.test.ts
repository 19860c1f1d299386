/** What is wrong with a call before anything is sent: it is told at once, by name, and the server sees nothing. */

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

/** A request, and what its refusal must name. */
const requests: [string, unknown, string?][] = [
  ["no object", "hello"],
  ["null", null],
  ["undefined", undefined],
  ["no model", { messages: REQUEST.messages }, "model"],
  ["a model that is no string", { ...REQUEST, model: 7 }, "model"],
  ["an empty model", { ...REQUEST, model: "" }, "model"],
  ["no messages", { model: REQUEST.model }, "messages"],
  ["messages that are no array", { ...REQUEST, messages: "hello" }, "messages"],
  ["a BigInt", { ...REQUEST, seed: 1n }],
  ["a circle", cyclic],
  [
    "a field that throws",
    {
      ...REQUEST,
      user: {
        toJSON: () => {
          throw new Error("no");
        },
      },
    },
  ],
  ["a key in it", { ...REQUEST, api_key: "s3cret-s3cret" }, "api_key"],
  ["our key in it", { ...REQUEST, apiKey: "s3cret-s3cret" }, "apiKey"],
  ["an address in it", { ...REQUEST, api_base: "http://host.test" }, "api_base"],
  ["another address in it", { ...REQUEST, base_url: "http://host.test" }, "base_url"],
  ["our address in it", { ...REQUEST, baseURL: "http://host.test" }, "baseURL"],
];

/** Options, and what their refusal must name. */
const options: [string, Record<string, unknown>, string][] = [
  ...([0, -1, Number.NaN, Number.NEGATIVE_INFINITY, "100", null].map((timeout): [string, object, string] => [
    `timeout ${timeout}`,
    { timeout },
    "timeout",
  ]) as [string, Record<string, unknown>, string][]),
  ...["response", "idle", "total"].flatMap((name) =>
    [0, -1, Number.NaN, "100"].map((ms): [string, Record<string, unknown>, string] => [
      `timeout.${name} ${ms}`,
      { timeout: { [name]: ms } },
      name,
    ]),
  ),
  ...[-1, Number.NaN, "2"].map((maxRetries): [string, Record<string, unknown>, string] => [
    `maxRetries ${maxRetries}`,
    { maxRetries },
    "maxRetries",
  ]),
  ["a base URL that is none", { baseURL: "nowhere" }, "baseURL"],
  ["a base URL of another scheme", { baseURL: "ftp://host.test" }, "baseURL"],
  ["a base URL with credentials", { baseURL: "http://me:pw@host.test" }, "baseURL"],
  ["a base URL with a hash", { baseURL: "http://host.test/#x" }, "baseURL"],
  ["a deployment beside a base URL", { deployment: { modelId: "abcd1234" } }, "deployment"],
];

describe.each(Object.entries(calls))("%s refuses", (_, call) => {
  it.each(requests)("a request: %s", (_, request, named = "") =>
    withServer([httpHelloResponse], async (server, given) => {
      const error = await withTimeout(call(request as never, given), "the refusal").catch((caught: unknown) => caught);
      expectError(error, {
        name: "BadRequestError",
        messageIncludes: [named],
        messageExcludes: ["s3cret"],
        attempts: 0,
        fields: { status: undefined },
      });
      expect(server.openedConnections).toBe(0);
    }),
  );

  it.each(options)("an option: %s", (_, wrong, named) =>
    withServer([httpHelloResponse], async (server, given) => {
      const error = await withTimeout(call(REQUEST as never, { ...given, ...wrong }), "the refusal").catch(
        (caught: unknown) => caught,
      );
      expectError(error, {
        name: "BadRequestError",
        messageIncludes: [named],
        messageExcludes: ["pw"],
        attempts: 0,
        fields: { status: undefined },
      });
      expect(server.openedConnections).toBe(0);
    }),
  );
});

describe("each of the two refuses what asks for the other", () => {
  it.each([
    ["completion", true, "stream"],
    ["stream", false, "stream"],
  ])("%s with stream: %s", (kind, streamed, named) =>
    withServer([httpHelloResponse], async (server, given) => {
      const call = calls[kind] as Call;
      const error = await call({ ...REQUEST, stream: streamed } as never, given).catch((caught: unknown) => caught);
      expectError(error, { name: "BadRequestError", messageIncludes: [named], attempts: 0 });
      expect(server.openedConnections).toBe(0);
    }),
  );
});
