/** Calls without a network: what is sent, and what is thrown. */

import { beforeEach, expect, vi } from "vitest";
import { BasetenError, type Fetch, type Options } from "../../src/index.js";
import { reply } from "./chat.js";
import { type Fake, fake, type Reply } from "./fake.js";

/** A slug of the Model API. */
export const SLUG = "baseten/openai/gpt-oss-120b";
/** The code of a dedicated deployment. */
export const CODE = "baseten/abcd1234";
/** An address that is not Baseten's. */
export const GATEWAY = "https://gateway.example/v1";
export const MODEL_API = "https://inference.baseten.co/v1/chat/completions";

export const messages: { role: "user"; content: string }[] = [{ role: "user", content: "Hello" }];

/** All variables that this library reads. */
export const VARIABLES: string[] = [
  "BASETEN_API_KEY",
  "BASETEN_BASE_URL",
  "BASETEN_API_BASE",
  "LITELLM_PROXY_API_KEY",
  "LITELLM_PROXY_API_BASE",
];

/** Before each test: none of those variables is set, whatever the machine's environment holds. */
export function bareEnvironment(): void {
  beforeEach(() => {
    for (const name of VARIABLES) vi.stubEnv(name, undefined);
  });
}

/** Sets variables until the end of the test. */
export function environment(variables: Record<string, string>): void {
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
}

/** A reply with this body: a text as it is, all else as JSON. */
export function answers(body: unknown, status = 200, headers: Record<string, string> = {}): Reply {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const init = { status, headers: { "content-type": "application/json", ...headers } };
  return () => new Response(status === 204 ? null : text, init);
}

/** A fetch that answers each call with a completion. */
export function greeter(): Fake {
  return fake(answers(reply("Hello")));
}

/** The only request that a fake was sent. */
export function sent(fetch: Fake): { url: string; init: RequestInit; headers: Headers; body: Record<string, unknown> } {
  expect(fetch.calls.length).toBe(1);
  const { url = "", init = {} } = fetch.calls[0] ?? {};
  return { url, init, headers: new Headers(init.headers), body: JSON.parse(String(init.body)) };
}

/** What `act` throws, or rejects with. */
export async function thrown(act: () => unknown): Promise<unknown> {
  try {
    await act();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

/** The BasetenError that `act` throws. */
export async function failing(act: () => unknown): Promise<BasetenError> {
  const error = await thrown(act);
  expect(error).toBeInstanceOf(BasetenError);
  return error as BasetenError;
}

/** Expects a refusal before sending: it names the field, what was expected, and what came. */
export async function expectRefusal(act: () => unknown, field: string, came = ""): Promise<BasetenError> {
  const error = await failing(act);
  expect(error.message).toMatch(/expected .+, got ./s);
  expect(error.message).toContain(field);
  expect(error.message).toContain(came);
  expect(error).toMatchObject({ name: "BadRequestError", attempts: 0 });
  expect(error.status).toBeUndefined();
  return error;
}

/** Options of a call that meets this fetch, once. */
export function once(fetch: Fetch, more: Options = {}): Options {
  return { apiKey: "sk-unit-0123456789", maxRetries: 0, fetch, ...more };
}
