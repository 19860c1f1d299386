/** Each example of `demo/examples/` in its real runtime, over real sockets. */

import { afterEach, describe, expect, it } from "vitest";
import { collect, completion, type Options, stream, text } from "../../../src/index.js";
import {
  endBody,
  httpHelloResponse,
  repeatUntilClosed,
  resetSocket,
  type ScriptedResponse,
  sseHead,
  stall,
  waitForEvent,
} from "../../helpers/http-response.js";
import { withTimeout } from "../../helpers/leak-check.js";
import { REQUEST } from "../../helpers/requests.js";
import { startServer, type TestServer } from "../../helpers/server.js";
import { DONE_EVENT, FINISH_EVENTS, HELLO_EVENTS } from "../../helpers/wire-chunks.js";
import { countedBody } from "../relay-setup.js";
import { type Running, starts } from "./runtimes.js";
import { tokens, VARIABLES } from "./tokens.js";

const APP = "https://app.example.com";
const request = { ...REQUEST, model: "openai/gpt-oss-120b", max_tokens: 100 };

interface Case {
  name: string;
  /** Which tokens it wants; without, none. */
  wants?: keyof typeof tokens;
  path?: string;
  /** Whether pages of another origin may call it. */
  cors: boolean;
  /** Whether the runtime notices that the caller has left only when it writes. */
  late?: true;
  /** Whether a body parser stands in front, which answers what is no JSON by itself. */
  parsed?: true;
}

const cases: Case[] = [
  { name: "workers.js", cors: true, late: true },
  { name: "deno.js", wants: "deno", cors: true },
  { name: "bun.js", wants: "bun", cors: false },
  { name: "node.js", cors: false },
  { name: "express.js", wants: "token", path: "/ai", cors: true },
  { name: "express-json.js", wants: "token", path: "/ai", cors: true, parsed: true },
  { name: "fastify.js", wants: "token", path: "/ai", cors: true },
  { name: "next-route.js", wants: "token", path: "/ai", cors: true },
  { name: "hono.js (Deno)", wants: "hono", path: "/ai", cors: true },
  { name: "hono.js (Bun)", wants: "hono", path: "/ai", cors: true },
];

const running: (Running | TestServer)[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((each) => ("stop" in each ? each.stop() : each.close())));
});

/** Starts an example before these answers. */
async function start(
  { name, wants, path = "" }: Case,
  answers: ScriptedResponse[],
  variables?: Record<string, string>,
) {
  const upstream = await startServer(...answers);
  running.push(upstream);
  const example = await starts[name]?.(upstream.origin, { ...VARIABLES, ...variables });
  if (!example) throw new Error(`no such example: ${name}`);
  running.push(example);
  const options: Options = {
    baseURL: `${example.origin}${path}/v1`,
    apiKey: (wants && tokens[wants]?.good) ?? "",
    maxRetries: 0,
  };
  const post = (init: RequestInit = {}, token = options.apiKey) =>
    fetch(`${options.baseURL}/chat/completions`, {
      method: "POST",
      body: JSON.stringify(request),
      ...init,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json", ...init.headers },
    });
  return { upstream, options, post };
}

describe.each(cases)("$name", (example) => {
  it("serves this client with the relay's key, and nothing else of the caller's", async () => {
    const { upstream, options } = await start(example, [httpHelloResponse]);
    const whole = await completion(request, options);
    const streamed = await collect(stream(request, options));
    expect([whole, streamed].map(({ choices }) => choices[0]?.message.content)).toEqual(["Hello", "Hello"]);
    const { method, url, headers, json } = upstream.requests[0] ?? {};
    expect({ method, url, json }).toEqual({ method: "POST", url: "/v1/chat/completions", json: request });
    expect(headers?.authorization).toBe(`Bearer ${VARIABLES.BASETEN_API_KEY}`);
  });

  it("passes a stream on byte for byte, each event before the next is there", async () => {
    const { upstream, post } = await start(example, [
      [
        sseHead(),
        HELLO_EVENTS,
        waitForEvent("seen"),
        Buffer.from([0, 255, 13, 10]),
        FINISH_EVENTS + DONE_EVENT,
        endBody,
      ],
    ]);
    const answer = await post();
    const reader = answer.body?.getReader() as ReadableStreamDefaultReader<Uint8Array>;
    const pieces = [(await withTimeout(reader.read(), "the first event")).value ?? ""];
    upstream.emit("seen");
    for (let step = await reader.read(); !step.done; step = await reader.read()) pieces.push(step.value);
    const all = Buffer.concat(pieces.map((piece) => Buffer.from(piece)));
    const sent = [Buffer.from(HELLO_EVENTS), Buffer.from([0, 255, 13, 10]), Buffer.from(FINISH_EVENTS + DONE_EVENT)];
    expect(all.equals(Buffer.concat(sent))).toBe(true);
  });

  it(`lets the upstream go when the caller leaves${example.late ? ", at the next event" : ""}`, async () => {
    const then = example.late ? [waitForEvent("left"), repeatUntilClosed(HELLO_EVENTS)] : [stall];
    const { upstream, post } = await start(example, [[sseHead(), HELLO_EVENTS, ...then]]);
    const answer = await post();
    const reader = answer.body?.getReader();
    await reader?.read();
    await reader?.cancel();
    upstream.emit("left");
    await withTimeout(upstream.requests[0]?.closed ?? Promise.reject(), "the upstream's close");
  });

  it("tells the caller when the upstream breaks off", async () => {
    const { upstream, options } = await start(example, [[sseHead(), HELLO_EVENTS, waitForEvent("seen"), resetSocket]]);
    let seen = "";
    const reading = async () => {
      for await (const piece of text(stream(request, options))) {
        seen += piece;
        if (seen === "Hello") upstream.emit("seen");
      }
    };
    await expect(withTimeout(reading(), "an end")).rejects.toMatchObject({
      name: expect.stringMatching(/^(APIConnectionError|StreamTruncatedError)$/),
    });
    expect(seen).toBe("Hello");
  });

  it("answers a preflight, and lets pages read refusals, if it serves them", async () => {
    const { post } = await start(example, [httpHelloResponse]);
    const origin = { origin: APP };
    const asked = { "access-control-request-method": "POST", "access-control-request-headers": "authorization" };
    const preflight = await post({ method: "OPTIONS", body: null, headers: { ...origin, ...asked } });
    expect(preflight.status).toBe(204);
    const refused = await post({ body: example.parsed ? "[]" : "{", headers: origin });
    expect(refused.status).toBe(400);
    for (const { headers } of [preflight, refused]) {
      expect(headers.get("access-control-allow-origin")).toBe(example.cors ? APP : null);
    }
    const elsewhere = await post({
      method: "OPTIONS",
      body: null,
      headers: { origin: "https://evil.example", ...asked },
    });
    expect(elsewhere.headers.get("access-control-allow-origin")).toBeNull();
  });

  it("refuses a body of unknown length that is too long", async () => {
    const { upstream, post } = await start(example, [httpHelloResponse]);
    const { body } = countedBody(new Uint8Array(65_536).fill(32), 200);
    const init: RequestInit & { duplex: "half" } = { body, duplex: "half" };
    // Who sends on while the answer comes may find the connection closed.
    const status = await post(init).then(
      ({ status }) => status,
      () => "closed",
    );
    expect([400, 413, "closed"]).toContain(status);
    expect(upstream.requests).toEqual([]);
  });
});

describe.each(cases.filter(({ wants }) => wants))("$name lets in no", (example) => {
  it("token but a good one", async () => {
    const { upstream, post } = await start(example, [httpHelloResponse]);
    const bad = Object.entries(tokens[example.wants ?? ""]?.bad ?? {});
    const statuses = await Promise.all(bad.map(async ([name, token]) => [name, (await post({}, token)).status]));
    expect(statuses).toEqual(bad.map(([name]) => [name, 403]));
    expect(upstream.requests).toEqual([]);
  });
});

describe("workers.js", () => {
  const workers = cases[0] as Case;

  it("counts the requests of each address", async () => {
    const { options, post, upstream } = await start(workers, [httpHelloResponse]);
    const from = (address: string) => post({ headers: { "cf-connecting-ip": address } });
    const statuses = [];
    for (let turn = 0; turn < 21; turn++) statuses.push((await from("192.0.2.1")).status);
    expect(statuses).toEqual([...Array(20).fill(200), 429]);
    expect((await from("192.0.2.2")).status).toBe(200);
    expect(upstream.requests.length).toBe(21);
    const headers = { "cf-connecting-ip": "192.0.2.1" };
    const call = completion(request, { ...options, headers });
    await expect(call).rejects.toMatchObject({ name: "RateLimitError", retryAfter: 60_000 });
  });

  it("calls no other model", async () => {
    const { post } = await start(workers, [httpHelloResponse]);
    expect((await post({ body: JSON.stringify({ ...request, model: "abcd1234" }) })).status).toBe(403);
  });
});

describe("node.js", () => {
  const node = cases[3] as Case;

  it("bounds what an answer and a day may cost", async () => {
    const { post, upstream } = await start(node, [httpHelloResponse], { PER_DAY: "2" });
    const postFields = async (fields: object) =>
      (await post({ body: JSON.stringify({ ...request, ...fields }) })).status;
    const costly = [undefined, null, 1_001, "1", [1], -1.5].map((max_tokens) => ({ max_tokens }));
    const hidden = [1_001, "1"].map((max_completion_tokens) => ({ max_tokens: 1, max_completion_tokens }));
    const refused = await Promise.all([...costly, ...hidden].map(postFields));
    expect(refused).toEqual(refused.map(() => 400));
    const small = [{ max_tokens: 1_000 }, { max_tokens: undefined, max_completion_tokens: 1 }, { max_tokens: 1 }];
    expect([
      await postFields(small[0] ?? {}),
      await postFields(small[1] ?? {}),
      await postFields(small[2] ?? {}),
    ]).toEqual([200, 200, 402]);
    expect(upstream.requests.length).toBe(2);
  });

  it.each(["cross-site", "same-site", "none"])("refuses what a browser says is %s", async (site) => {
    const { post, upstream } = await start(node, [httpHelloResponse]);
    expect((await post({ headers: { "sec-fetch-site": site } })).status).toBe(403);
    expect(upstream.requests).toEqual([]);
  });
});
