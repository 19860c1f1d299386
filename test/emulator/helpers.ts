/** The emulator as the tests call it. */

import { type EmulatorOptions, emulator } from "../../src/emulator/index.js";
import type { ChatCompletion, ChatCompletionChunk, Choice } from "../../src/types/chat.js";
import type { Fetch } from "../../src/types/options.js";

export const MODEL_API = "https://inference.baseten.co/v1";
export const DEDICATED = "https://model-abcd1234.api.baseten.co/environments/production/sync/v1";

/** A model that does not reason by itself, and takes text alone. */
export const PLAIN = "zai-org/GLM-5.3";
/** A model that reasons by itself. */
export const THINKER = "openai/gpt-oss-120b";
/** A model that takes images. */
export const SEER = "moonshotai/Kimi-K3";

export const HELLO: { role: "user"; content: string }[] = [{ role: "user", content: "Say hello, please." }];

/** What came back: the status, the headers, and the body as text and, where it is JSON, as a value. */
export interface Reply {
  status: number;
  headers: Headers;
  text: string;
  json: Record<string, unknown>;
}

/** Sends a body to an address; without a body it is a GET. */
export async function call(fetch: Fetch, url: string, body?: unknown, init: RequestInit = {}): Promise<Reply> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const response = await fetch(url, { ...(body !== undefined && { method: "POST", body: text }), ...init });
  return read(response);
}

export async function read(response: Response): Promise<Reply> {
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: parsed(text) };
}

function parsed(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

/** A chat request to the Model API, answered by an emulator of its own. */
export function chat(fields: object = {}, options: EmulatorOptions = {}): Promise<Reply> {
  return call(emulator(options), `${MODEL_API}/chat/completions`, { model: PLAIN, messages: HELLO, ...fields });
}

/** The completion of such a request. */
export async function complete(fields: object = {}, options: EmulatorOptions = {}): Promise<ChatCompletion> {
  const { status, json, text } = await chat(fields, options);
  if (status !== 200) throw new Error(text);
  return json as unknown as ChatCompletion;
}

/** Its only choice. */
export async function choice(fields: object = {}, options: EmulatorOptions = {}): Promise<Choice> {
  const { choices } = await complete(fields, options);
  if (!choices[0] || choices.length > 1) throw new Error("expected one choice");
  return choices[0];
}

/** The events of a stream, each as its data. */
export function eventsIn(text: string): string[] {
  return text.split("\n\n").flatMap((event) => (event.startsWith("data: ") ? [event.slice(6)] : []));
}

/** The chunks of a streamed request, without its `[DONE]`. */
export async function chunks(fields: object = {}, options: EmulatorOptions = {}): Promise<ChatCompletionChunk[]> {
  const { text } = await chat({ ...fields, stream: true }, options);
  return eventsIn(text)
    .filter((data) => data !== "[DONE]")
    .map((data) => JSON.parse(data));
}
