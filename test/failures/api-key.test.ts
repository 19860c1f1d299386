/** Unusable API keys, and that no error shows a key. */

import { describe, expect, it, vi } from "vitest";
import { type BasetenError, collect, completion, type Options, stream } from "../../src/index.js";
import { httpHelloResponse, httpJsonResponse } from "../helpers/http-response.js";
import { createDeferred } from "../helpers/latch.js";
import { flushEventLoop } from "../helpers/leak-check.js";
import { pendingResponse, recordedFetch } from "../helpers/recorded-fetch.js";
import { REQUEST } from "../helpers/requests.js";
import { withServer } from "./describe-failures.js";
import { catchRejection, expectError, expectServerError } from "./expect-error.js";

const calls: Record<string, (options: Options) => Promise<unknown>> = {
  completion: (options) => completion(REQUEST, options),
  stream: (options) => collect(stream(REQUEST, options)),
};

/** Everything that a log could show of an error. */
function allText(error: unknown): string {
  const { message, stack, cause, headers } = error as BasetenError;
  return [message, stack, JSON.stringify(error), String(cause), ...(headers ?? [])].join("\n");
}

describe.each(Object.entries(calls))("%s with", (_, call) => {
  const secret = "s3cret-s3cret";
  const unusableKeys: [string, unknown][] = [
    ["a line break inside a string", `${secret}\n${secret}`],
    ["a NUL in a string", `${secret}\0`],
    ["a string beyond ASCII", `${secret}é`],
    ["a space inside a string", `${secret} ${secret}`],
    ["an object", { secret }],
    ["a number", 12345678],
  ];

  it.each(unusableKeys)(
    "%s as the API key rejects with AuthenticationError before sending, and does not show it",
    (_, key) =>
      withServer([httpHelloResponse], async (server, options) => {
        for (const apiKey of [key, () => key, async () => key] as Options["apiKey"][]) {
          if (typeof key === "object" && apiKey === key) continue;
          const error = await catchRejection(call({ ...options, apiKey }));
          expectError(error, { name: "AuthenticationError", attempts: 0 });
          expect(allText(error)).not.toContain(secret);
        }
        expect(server.openedConnections).toBe(0);
      }),
  );

  it.each([
    [
      "throws",
      () => {
        throw new Error("no key available");
      },
    ],
    ["rejects", () => Promise.reject(new Error("no key available"))],
    ["rejects with undefined", () => Promise.reject(undefined)],
  ])("an apiKey() that %s rejects with AuthenticationError, sends nothing and is not called again", (_, getKey) =>
    withServer([httpHelloResponse], async (server, options) => {
      let keyCalls = 0;
      const apiKey = () => {
        keyCalls += 1;
        return getKey();
      };
      expectError(await catchRejection(call({ ...options, apiKey })), { name: "AuthenticationError", attempts: 0 });
      expect([keyCalls, server.openedConnections]).toEqual([1, 0]);
    }),
  );

  it("an apiKey() that never settles rejects with TimeoutError at timeout.response", () =>
    withServer([httpHelloResponse], async (server, options) => {
      const apiKey = () => new Promise<string>(() => {});
      const error = await catchRejection(call({ ...options, apiKey, timeout: { response: 20 } }));
      expectError(error, { name: "TimeoutError", messageIncludes: [/response/i] });
      expect(server.openedConnections).toBe(0);
    }));

  it("an apiKey() that settles after the timeout does not call fetch", async () => {
    const fetch = recordedFetch(pendingResponse(true));
    const key = createDeferred<string>();
    const options = { baseURL: "http://host.test/v1", apiKey: () => key.promise, fetch, timeout: { response: 20 } };
    expectError(await catchRejection(call(options)), { name: "TimeoutError", messageIncludes: ["host.test"] });
    key.resolve("some-key");
    await flushEventLoop();
    expect(fetch.calls).toEqual([]);
  });

  it("an authorization header with a line break rejects before sending, and does not show its value", () =>
    withServer([httpHelloResponse], async (server, options) => {
      const headers = { authorization: `Bearer ${secret}\n${secret}` };
      const error = await catchRejection(call({ ...options, headers }));
      expectError(error, { name: ["AuthenticationError", "BadRequestError"], attempts: 0 });
      expect(allText(error)).not.toContain(secret);
      expect(server.openedConnections).toBe(0);
    }));

  it("an authorization header uses that instead of apiKey, and redacts it in errors", () =>
    withServer(
      [({ headers }) => httpJsonResponse(401, { error: `bad ${headers.authorization}` })],
      async (_, options) => {
        const error = await catchRejection(
          call({
            ...options,
            apiKey: () => {
              throw new Error("not to be called");
            },
            headers: { Authorization: `Bearer ${secret}` },
          }),
        );
        expectServerError(error, { name: "AuthenticationError", messageIncludes: ["bad Bearer ***"] });
        expect(allText(error)).not.toContain(secret);
      },
    ));

  it("a key of fewer than 8 characters does not redact the server's message", () =>
    withServer([httpJsonResponse(401, { error: "no access, not now" })], async (_, options) => {
      expectServerError(await catchRejection(call({ ...options, apiKey: "no" })), {
        name: "AuthenticationError",
        messageIncludes: ["no access, not now"],
      });
    }));

  it("white space around the key sends it trimmed", () =>
    withServer([httpHelloResponse], async (server, options) => {
      await call({ ...options, apiKey: ` ${secret}\r\n`, maxRetries: 0 });
      expect(server.requests[0]?.headers.authorization).toBe(`Bearer ${secret}`);
    }));

  it.each([
    ["an empty key", ""],
    ["an apiKey() that returns undefined", () => undefined],
  ])("%s sends no authorization header to a baseURL", (_, apiKey) =>
    withServer([httpHelloResponse], async (server, options) => {
      await call({ ...options, apiKey });
      expect(server.requests[0]?.headers.authorization).toBeUndefined();
    }),
  );
});

describe("without an API key for a Baseten host", () => {
  it.each(Object.entries(calls))("%s rejects with AuthenticationError before sending", async (_, call) => {
    vi.stubEnv("BASETEN_API_KEY", "");
    const error = await catchRejection(call({ deployment: { modelId: "abcd1234" } }));
    expectError(error, { name: "AuthenticationError", attempts: 0, fields: { status: undefined } });
  });
});
