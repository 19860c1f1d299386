/** The same calls by LiteLLM and by this client, and what comes of them: row by parityCase, each difference with its reason. */

import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { BasetenError, type ChatRequest, collect, completion, type Options, stream } from "../../src/index.js";
import { ENVIRONMENT_VARIABLES } from "../helpers/environment.js";
import { ADDRESSES, KEYS, PROXIED } from "./addresses.js";
import { type Ending, ERROR_CASES } from "./errors.js";
import { MODELS } from "./models.js";
import { CONVERSATIONS, PARAMETERS } from "./parameters.js";
import { MODEL_API, type Outcome, type ParityCase, parityCase, sends } from "./parity-case.js";
import { type LiteLLM, startLiteLLM } from "./python.js";
import { INTENDED_URL_HEADER, type Recorder, startRecorder } from "./recorder.js";

const HELLO = parityCase("hello", {}, sends(MODEL_API));

let recorder: Recorder;
let python: LiteLLM;

beforeAll(async () => {
  recorder = await startRecorder();
  python = startLiteLLM(recorder.origin);
  // The first call imports LiteLLM's modules.
  expect(await runLiteLLM(HELLO)).toEqual(HELLO.litellm);
});

afterAll(async () => {
  await python?.stop();
  await recorder?.close();
});

beforeEach(() => {
  for (const name of ENVIRONMENT_VARIABLES) vi.stubEnv(name, undefined);
  // As completion.py does with httpx: the whole client runs, and no request leaves the machine.
  const { fetch } = globalThis;
  vi.stubGlobal("fetch", (url: string, init: RequestInit) =>
    fetch(recorder.origin, { ...init, headers: { ...init.headers, [INTENDED_URL_HEADER]: url } }),
  );
});

/** Makes the same call with this client. */
async function callFromKeywords(keywords: ParityCase["keywords"]): Promise<unknown> {
  const { api_key, api_base, base_url, extra_headers, timeout, ...request } = keywords as ParityCase["keywords"] &
    ChatRequest;
  const options = {
    apiKey: api_key,
    baseURL: base_url ?? api_base,
    headers: extra_headers,
    timeout: typeof timeout === "number" ? timeout * 1_000 : undefined,
  } as Options;
  return request.stream ? collect(stream(request as ChatRequest, options)) : completion(request, options);
}

/** The first request that arrived while a call ran, and how the call ended. */
async function observeOutcome(run: () => Promise<string>): Promise<Outcome> {
  recorder.requests.length = 0;
  const end = await run();
  const [arrival] = recorder.requests;
  if (!arrival) return { end };
  const { url, authorization, headers, body } = arrival;
  return { url, authorization, session: headers.get("x-session-affinity"), body, end };
}

function runLiteLLM({ keywords, env }: ParityCase): Promise<Outcome> {
  return observeOutcome(async () => {
    const { error } = await python.completion({ ...keywords, env });
    return error?.name ?? "answered";
  });
}

function runClient({ keywords, env }: ParityCase): Promise<Outcome> {
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  return observeOutcome(async () => {
    try {
      await callFromKeywords(keywords);
      return "answered";
    } catch (error) {
      if (error instanceof BasetenError) return error.name;
      throw error;
    }
  });
}

/** The cases with their titles, which together list the differences. */
function withTitles<T extends { name: string; differs?: { why: string } }>(rows: T[]): [title: string, row: T][] {
  return rows.map((one) => [one.differs ? `${one.name} (differs: ${one.differs.why})` : one.name, one]);
}

describe.each([
  ["the model string", MODELS],
  ["the base URL", ADDRESSES],
  ["the key", KEYS],
  ["the prefix litellm_proxy/", PROXIED],
  ["the parameters", PARAMETERS],
  ["the messages", CONVERSATIONS],
])("LiteLLM and this client send the same for %s,", (_, rows) => {
  it.each(withTitles(rows))("%s", async (_, one) => {
    recorder.respondWith();
    const [there, here] = [await runLiteLLM(one), await runClient(one)];
    expect(there, "LiteLLM").toEqual(one.litellm);
    expect(here, "this client").toEqual(one.differs?.here ?? there);
    if (one.differs) expect(here, "listed as a difference, but it is none").not.toEqual(there);
  });

  it("with no header but the key, the content type and what fetch adds by itself", async () => {
    await runClient(HELLO);
    const names = [...(recorder.requests[0]?.headers.keys() ?? [])];
    const fetchs = ["accept", "accept-encoding", "accept-language", "connection", "content-length", "host"];
    const known = ["authorization", "content-type", ...fetchs, "sec-fetch-mode", "user-agent", INTENDED_URL_HEADER];
    expect(names.filter((name) => !known.includes(name))).toEqual([]);
  });
});

/** How a call ended, and how many requests it sent. */
async function observeEnding(call: Promise<Outcome>): Promise<Ending> {
  const { end } = await call;
  return [end, recorder.requests.length];
}

describe("LiteLLM and this client give an error the same name, and send the request as often", () => {
  it.each(withTitles(ERROR_CASES))("%s", async (_, { status, body, litellm: expected, differs }) => {
    recorder.respondWith(async () => new Response(body, { status }));
    const there = await observeEnding(runLiteLLM(HELLO));
    const here = await observeEnding(runClient(HELLO));
    expect(there, "LiteLLM").toEqual(expected);
    expect(here, "this client").toEqual(differs?.here ?? there);
    if (differs) expect(here, "listed as a difference, but it is none").not.toEqual(there);
  });
});
