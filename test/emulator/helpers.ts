/** Requests to an emulator, and what they ask for. */

import { type EmulatorOptions, emulator } from "../../src/emulator/index.js";
import type { ChatCompletion, ChatCompletionChunk, Choice } from "../../src/types/chat.js";
import type { Fetch } from "../../src/types/options.js";

export const MODEL_API = "https://inference.baseten.co/v1";
export const DEDICATED = "https://model-abcd1234.api.baseten.co/environments/production/sync/v1";

/** A model that does not reason by default, and takes only text. */
export const TEXT_MODEL = "zai-org/GLM-5.3";
/** A model that reasons by default. */
export const REASONING_MODEL = "openai/gpt-oss-120b";
/** A model that takes images. */
export const VISION_MODEL = "moonshotai/Kimi-K3";

export const MESSAGES: { role: "user"; content: string }[] = [{ role: "user", content: "Say hello, please." }];

/** A response whose body was read; `json` is `{}` if the body is not JSON. */
export interface ReceivedResponse {
  status: number;
  headers: Headers;
  text: string;
  json: Record<string, unknown>;
}

/** Sends a POST with a body, or a GET without one, and reads the response. */
export async function send(
  fetch: Fetch,
  url: string,
  body?: unknown,
  init: RequestInit = {},
): Promise<ReceivedResponse> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const response = await fetch(url, { ...(body !== undefined && { method: "POST", body: text }), ...init });
  return readResponse(response);
}

export async function readResponse(response: Response): Promise<ReceivedResponse> {
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: parseObject(text) };
}

function parseObject(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

/** Sends a chat request to the Model API of a new emulator. */
export function sendChat(fields: object = {}, options: EmulatorOptions = {}): Promise<ReceivedResponse> {
  return send(emulator(options), `${MODEL_API}/chat/completions`, { model: TEXT_MODEL, messages: MESSAGES, ...fields });
}

/** The completion of a chat request. */
export async function requestCompletion(fields: object = {}, options: EmulatorOptions = {}): Promise<ChatCompletion> {
  const { status, json, text } = await sendChat(fields, options);
  if (status !== 200) throw new Error(text);
  return json as unknown as ChatCompletion;
}

/** The only choice of a completion. */
export async function requestChoice(fields: object = {}, options: EmulatorOptions = {}): Promise<Choice> {
  const { choices } = await requestCompletion(fields, options);
  if (!choices[0] || choices.length > 1) throw new Error("expected one choice");
  return choices[0];
}

/** The data of each event of a stream. */
export function parseEvents(text: string): string[] {
  return text.split("\n\n").flatMap((event) => (event.startsWith("data: ") ? [event.slice(6)] : []));
}

/** The chunks of a streamed chat request, without `[DONE]`. */
export async function requestChunks(
  fields: object = {},
  options: EmulatorOptions = {},
): Promise<ChatCompletionChunk[]> {
  const { text } = await sendChat({ ...fields, stream: true }, options);
  return parseEvents(text)
    .filter((data) => data !== "[DONE]")
    .map((data) => JSON.parse(data));
}

/** The fields of a chat request for structured output. */
export const jsonSchemaFormat = (schema: unknown): object => ({
  response_format: { type: "json_schema", json_schema: { name: "it", strict: true, schema } },
});

/** The fields of a chat request with one tool. */
export const toolWithParameters = (parameters: unknown): object => ({
  tools: [{ type: "function", function: { name: "do_it", parameters } }],
});
