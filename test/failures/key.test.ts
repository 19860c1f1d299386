/** What can be wrong with a key, and that it is shown nowhere. */

import { describe, expect, it, vi } from "vitest";
import { type BasetenError, collect, completion, type Options, stream } from "../../src/index.js";
import { httpHelloResponse, httpJsonResponse } from "../helpers/http-response.js";
import { flushEventLoop } from "../helpers/leak-check.js";
import { pendingResponse, recordedFetch } from "../helpers/recorded-fetch.js";
import { REQUEST } from "../helpers/requests.js";
import { withServer } from "./describe-failures.js";
import { catchRejection, expectError } from "./expect-error.js";

const calls: Record<string, (options: Options) => Promise<unknown>> = {
  completion: (options) => completion(REQUEST, options),
  stream: (options) => collect(stream(REQUEST, options)),
};

/** All that a log could show of an error. */
function shown(error: unknown): string {
  const { message, stack, cause, headers } = error as BasetenError;
  return [message, stack, JSON.stringify(error), String(cause), ...(headers ?? [])].join("\n");
}

describe.each(Object.entries(calls))("%s with", (_, call) => {
  const secret = "s3cret-s3cret";
  const unusable: [string, unknown][] = [
    ["a line break inside", `${secret}\n${secret}`],
    ["a NUL", `${secret}\0`],
    ["letters beyond ASCII", `${secret}é`],
    ["a space inside", `${secret} ${secret}`],
    ["an object", { secret }],
    ["a number", 12345678],
  ];

  it.each(unusable)("a key with %s: refused before sending, and not shown", (_, key) =>
    withServer([httpHelloResponse], async (server, options) => {
      for (const apiKey of [key, () => key, async () => key] as Options["apiKey"][]) {
        if (typeof key === "object" && apiKey === key) continue;
        const error = await catchRejection(call({ ...options, apiKey }));
        expectError(error, { name: "AuthenticationError", attempts: 0 });
        expect(shown(error)).not.toContain(secret);
      }
      expect(server.openedConnections).toBe(0);
    }),
  );

  it.each([
    [
      "throws",
      () => {
        throw new Error("the vault is shut");
      },
    ],
    ["rejects", () => Promise.reject(new Error("the vault is shut"))],
    ["rejects with undefined", () => Promise.reject(undefined)],
  ])("a key function that %s: nothing is sent, and it is not asked again", (_, give) =>
    withServer([httpHelloResponse], async (server, options) => {
      let asked = 0;
      const apiKey = () => {
        asked += 1;
        return give();
      };
      expectError(await catchRejection(call({ ...options, apiKey })), { name: "AuthenticationError", attempts: 0 });
      expect([asked, server.openedConnections]).toEqual([1, 0]);
    }),
  );

  it("a key function that never settles: the response timeout holds", () =>
    withServer([httpHelloResponse], async (server, options) => {
      const apiKey = () => new Promise<string>(() => {});
      const error = await catchRejection(call({ ...options, apiKey, timeout: { response: 20 } }));
      expectError(error, { name: "TimeoutError", messageIncludes: [/response/i] });
      expect(server.openedConnections).toBe(0);
    }));

  it("a key function that settles after the timeout: fetch is not called then, not even one without a signal", async () => {
    const fetch = recordedFetch(pendingResponse(true));
    let give: (key: string) => void = () => {};
    const apiKey = () =>
      new Promise<string>((resolve) => {
        give = resolve;
      });
    const options = { baseURL: "http://host.test/v1", apiKey, fetch, timeout: { response: 20 } };
    expectError(await catchRejection(call(options)), { name: "TimeoutError", messageIncludes: ["host.test"] });
    give("some-key");
    await flushEventLoop();
    expect(fetch.calls).toEqual([]);
  });

  it("a header that no platform takes: refused, and its value not shown", () =>
    withServer([httpHelloResponse], async (server, options) => {
      const headers = { authorization: `Bearer ${secret}\n${secret}` };
      const error = await catchRejection(call({ ...options, headers }));
      expectError(error, { name: ["AuthenticationError", "BadRequestError"], attempts: 0 });
      expect(shown(error)).not.toContain(secret);
      expect(server.openedConnections).toBe(0);
    }));

  it("a key in a header: it wins, and is hidden like any other", () =>
    withServer(
      [({ headers }) => httpJsonResponse(401, { error: `bad ${headers.authorization}` })],
      async (_, options) => {
        const error = await catchRejection(
          call({
            ...options,
            apiKey: () => {
              throw new Error("not asked");
            },
            headers: { Authorization: `Bearer ${secret}` },
          }),
        );
        expectError(error, { name: "AuthenticationError", messageIncludes: ["bad Bearer ***"], attempts: 1 }, 1);
        expect(shown(error)).not.toContain(secret);
      },
    ));

  it("a key of fewer than 8 characters: the server's words are left alone", () =>
    withServer([httpJsonResponse(401, { error: "no entry, not now" })], async (_, options) => {
      expectError(
        await catchRejection(call({ ...options, apiKey: "no" })),
        { name: "AuthenticationError", messageIncludes: ["no entry, not now"], attempts: 1 },
        1,
      );
    }));

  it("a key with white space around: it is trimmed", () =>
    withServer([httpHelloResponse], async (server, options) => {
      const chunks = call({ ...options, apiKey: ` ${secret}\r\n`, maxRetries: 0 });
      await chunks;
      expect(server.requests[0]?.headers.authorization).toBe(`Bearer ${secret}`);
    }));

  it.each([
    ["an empty key", ""],
    ["a function that gives none", () => undefined],
  ])("%s: no authorization is sent", (_, apiKey) =>
    withServer([httpHelloResponse], async (server, options) => {
      await call({ ...options, apiKey });
      expect(server.requests[0]?.headers.authorization).toBeUndefined();
    }),
  );
});

describe("no key for a Baseten host", () => {
  it.each(Object.entries(calls))("%s: nothing is sent", async (_, call) => {
    vi.stubEnv("BASETEN_API_KEY", "");
    const error = await catchRejection(call({ deployment: { modelId: "abcd1234" } }));
    expectError(error, { name: "AuthenticationError", attempts: 0, fields: { status: undefined } });
  });
});
