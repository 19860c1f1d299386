/** The same calls by LiteLLM and by this client, and what comes of them: row by row, each difference with its reason. */

import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { BasetenError, type ChatRequest, collect, completion, type Options, stream } from "../../src/index.js";
import { ENVIRONMENT_VARIABLES } from "../helpers/environment.js";
import { ADDRESSES, KEYS, PROXIED } from "./addresses.js";
import { type Ending, FAILING } from "./errors.js";
import { MODELS } from "./models.js";
import { CONVERSATIONS, PARAMETERS } from "./parameters.js";
import { type LiteLLM, litellm } from "./python.js";
import { type Recorder, record, SENT_TO } from "./recorder.js";
import { MODEL_API, type Outcome, type Row, row, sent } from "./row.js";

const HELLO = row("hello", {}, sent(MODEL_API));

let recorder: Recorder;
let python: LiteLLM;

beforeAll(async () => {
  recorder = await record();
  python = litellm(recorder.origin);
  // The first call imports what LiteLLM is made of.
  expect(await theirs(HELLO)).toEqual(HELLO.litellm);
});

afterAll(async () => {
  await python?.stop();
  await recorder?.close();
});

beforeEach(() => {
  for (const name of ENVIRONMENT_VARIABLES) vi.stubEnv(name, undefined);
  // As completion.py does with httpx: all of the client runs, and no request leaves the machine.
  const { fetch } = globalThis;
  vi.stubGlobal("fetch", (url: string, init: RequestInit) =>
    fetch(recorder.origin, { ...init, headers: { ...init.headers, [SENT_TO]: url } }),
  );
});

/** The same keyword arguments as this client takes them. */
async function call(keywords: Row["keywords"]): Promise<unknown> {
  const { api_key, api_base, base_url, extra_headers, timeout, ...request } = keywords as Row["keywords"] & ChatRequest;
  const options = {
    apiKey: api_key,
    baseURL: base_url ?? api_base,
    headers: extra_headers,
    timeout: typeof timeout === "number" ? timeout * 1_000 : undefined,
  } as Options;
  return request.stream ? collect(stream(request as ChatRequest, options)) : completion(request, options);
}

/** What arrived first while a call ran, and how the call ended. */
async function outcome(run: () => Promise<string>): Promise<Outcome> {
  recorder.arrivals.length = 0;
  const end = await run();
  const [arrival] = recorder.arrivals;
  if (!arrival) return { end };
  const { url, authorization, headers, body } = arrival;
  return { url, authorization, session: headers.get("x-session-affinity"), body, end };
}

function theirs({ keywords, env }: Row): Promise<Outcome> {
  return outcome(async () => {
    const { error } = await python.completion({ ...keywords, env });
    return error?.name ?? "answered";
  });
}

function ours({ keywords, env }: Row): Promise<Outcome> {
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  return outcome(async () => {
    try {
      await call(keywords);
      return "answered";
    } catch (error) {
      if (error instanceof BasetenError) return error.name;
      throw error;
    }
  });
}

/** The rows with their titles; the list of them is the list of differences. */
function titled<T extends { name: string; differs?: { why: string } }>(rows: T[]): [title: string, row: T][] {
  return rows.map((one) => [one.differs ? `${one.name} (differs: ${one.differs.why})` : one.name, one]);
}

describe.each([
  ["model strings", MODELS],
  ["addresses", ADDRESSES],
  ["keys", KEYS],
  ["litellm_proxy/", PROXIED],
  ["parameters", PARAMETERS],
  ["messages", CONVERSATIONS],
])("what is sent: %s", (_, rows) => {
  it.each(titled(rows))("%s", async (_, one) => {
    recorder.answer();
    const [there, here] = [await theirs(one), await ours(one)];
    expect(there, "LiteLLM").toEqual(one.litellm);
    expect(here, "this client").toEqual(one.differs?.here ?? there);
    if (one.differs) expect(here, "a difference that is none").not.toEqual(there);
  });

  it("and no header but the key, the content type and what fetch adds by itself", async () => {
    await ours(HELLO);
    const names = [...(recorder.arrivals[0]?.headers.keys() ?? [])];
    const fetchs = ["accept", "accept-encoding", "accept-language", "connection", "content-length", "host"];
    const known = ["authorization", "content-type", ...fetchs, "sec-fetch-mode", "user-agent", SENT_TO];
    expect(names.filter((name) => !known.includes(name))).toEqual([]);
  });
});

/** What a call ended with, and how many requests it took. */
async function ending(call: Promise<Outcome>): Promise<Ending> {
  const { end } = await call;
  return [end, recorder.arrivals.length];
}

describe("what an error is called, and how often the request was sent", () => {
  it.each(titled(FAILING))("%s", async (_, { status, body, litellm: expected, differs }) => {
    recorder.answer(async () => new Response(body, { status }));
    const there = await ending(theirs(HELLO));
    const here = await ending(ours(HELLO));
    expect(there, "LiteLLM").toEqual(expected);
    expect(here, "this client").toEqual(differs?.here ?? there);
    if (differs) expect(here, "a difference that is none").not.toEqual(there);
  });
});
