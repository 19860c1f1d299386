/** What the tests of the demo begin with: a form as a visitor finds it, and what the page is served with. */

import type { Message } from "baseten-fetch";
import type { Comparison } from "../../demo/call/comparison.js";
import type { Environment, Form } from "../../demo/call/form.js";
import { type Plan, planCall } from "../../demo/call/plan.js";

export const FORM: Form = {
  model: "baseten/openai/gpt-oss-120b",
  environment: "",
  endpoint: "emulator",
  url: "",
  scenario: "normal",
  offersTool: false,
};

export const ENVIRONMENT: Environment = {
  relay: "passing",
  relayURL: "http://127.0.0.1:8787/v1",
  origin: "http://127.0.0.1:8787",
  tokensPerSecond: 1_000,
};

export const PUBLISHED = { url: "https://cdn.example/baseten-fetch.js", integrity: "sha384-abc" };

export const COMPARISON: Comparison = {
  date: "2026-11-25",
  clients: ["baseten-fetch", "alpha", "beta"],
  rows: [{ id: "no-finish", server: "closes", outcomes: { "baseten-fetch": "right", alpha: "silent", beta: "hangs" } }],
};

/** A key that must appear nowhere but in its field and in the header of a request. */
export const KEY = "s3cret-key-of-a-visitor";

/** The call that a form with these fields describes. */
export function plan(fields: Partial<Form> = {}, content = "Hello", environment = ENVIRONMENT): Plan {
  const messages: Message[] = [{ role: "user", content }];
  return planCall({ ...FORM, ...fields }, messages, environment);
}

/** What a function throws, or undefined if it returns. */
export function thrownBy(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return undefined;
}
