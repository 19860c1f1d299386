/** What can be wrong with a key, and that it is shown nowhere. */

import { describe, expect, it, vi } from "vitest";
import { type BasetenError, collect, completion, type Options, stream } from "../../src/index.js";
import { hello, json, REQUEST } from "../helpers/chat.js";
import { fake, never } from "../helpers/fake.js";
import { settled } from "../helpers/leaks.js";
import { against, caught, expectError } from "./run.js";

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
    against([hello], async (server, options) => {
      for (const apiKey of [key, () => key, async () => key] as Options["apiKey"][]) {
        if (typeof key === "object" && apiKey === key) continue;
        const error = await caught(call({ ...options, apiKey }));
        expectError(error, { name: "AuthenticationError", attempts: 0 });
        expect(shown(error)).not.toContain(secret);
      }
      expect(server.connections).toBe(0);
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
    against([hello], async (server, options) => {
      let asked = 0;
      const apiKey = () => {
        asked += 1;
        return give();
      };
      expectError(await caught(call({ ...options, apiKey })), { name: "AuthenticationError", attempts: 0 });
      expect([asked, server.connections]).toEqual([1, 0]);
    }),
  );

  it("a key function that never settles: the response timeout holds", () =>
    against([hello], async (server, options) => {
      const apiKey = () => new Promise<string>(() => {});
      const error = await caught(call({ ...options, apiKey, timeout: { response: 20 } }));
      expectError(error, { name: "TimeoutError", says: [/response/i] });
      expect(server.connections).toBe(0);
    }));

  it("a key function that settles after the timeout: fetch is not called then, not even one without a signal", async () => {
    const fetch = fake(never(true));
    let give: (key: string) => void = () => {};
    const apiKey = () =>
      new Promise<string>((resolve) => {
        give = resolve;
      });
    const options = { baseURL: "http://host.test/v1", apiKey, fetch, timeout: { response: 20 } };
    expectError(await caught(call(options)), { name: "TimeoutError", says: ["host.test"] });
    give("some-key");
    await settled();
    expect(fetch.calls).toEqual([]);
  });

  it("a header that no platform takes: refused, and its value not shown", () =>
    against([hello], async (server, options) => {
      const headers = { authorization: `Bearer ${secret}\n${secret}` };
      const error = await caught(call({ ...options, headers }));
      expectError(error, { name: ["AuthenticationError", "BadRequestError"], attempts: 0 });
      expect(shown(error)).not.toContain(secret);
      expect(server.connections).toBe(0);
    }));

  it("a key in a header: it wins, and is hidden like any other", () =>
    against([({ headers }) => json(401, { error: `bad ${headers.authorization}` })], async (_, options) => {
      const error = await caught(
        call({
          ...options,
          apiKey: () => {
            throw new Error("not asked");
          },
          headers: { Authorization: `Bearer ${secret}` },
        }),
      );
      expectError(error, { name: "AuthenticationError", says: ["bad Bearer ***"], attempts: 1 }, 1);
      expect(shown(error)).not.toContain(secret);
    }));

  it("a key of fewer than 8 characters: the server's words are left alone", () =>
    against([json(401, { error: "no entry, not now" })], async (_, options) => {
      expectError(
        await caught(call({ ...options, apiKey: "no" })),
        { name: "AuthenticationError", says: ["no entry, not now"], attempts: 1 },
        1,
      );
    }));

  it("a key with white space around: it is trimmed", () =>
    against([hello], async (server, options) => {
      const chunks = call({ ...options, apiKey: ` ${secret}\r\n`, maxRetries: 0 });
      await chunks;
      expect(server.requests[0]?.headers.authorization).toBe(`Bearer ${secret}`);
    }));

  it.each([
    ["an empty key", ""],
    ["a function that gives none", () => undefined],
  ])("%s: no authorization is sent", (_, apiKey) =>
    against([hello], async (server, options) => {
      await call({ ...options, apiKey });
      expect(server.requests[0]?.headers.authorization).toBeUndefined();
    }),
  );
});

describe("no key for a Baseten host", () => {
  it.each(Object.entries(calls))("%s: nothing is sent", async (_, call) => {
    vi.stubEnv("BASETEN_API_KEY", "");
    const error = await caught(call({ deployment: { modelId: "abcd1234" } }));
    expectError(error, { name: "AuthenticationError", attempts: 0, fields: { status: undefined } });
  });
});
