/** Other SDKs, each used as its documentation shows: a loop over a streamed answer, which gives its text. */

import { createBaseten } from "@ai-sdk/baseten";
import { ChatOpenAI } from "@langchain/openai";
import { streamText } from "ai";
import type { Fetch } from "baseten-fetch";
import OpenAI from "openai";

/** What a caller of an SDK sets. */
export interface ClientOptions {
  baseURL: string;
  fetch?: Fetch | undefined;
  maxRetries?: number | undefined;
  signal?: AbortSignal | undefined;
}

const apiKey = "sdk-key-0123456789";
const model = "openai/gpt-oss-120b";
const messages = [{ role: "user" as const, content: "Hello" }];

async function* openai({ baseURL, fetch, maxRetries, signal }: ClientOptions): AsyncGenerator<string> {
  const client = new OpenAI({ apiKey, baseURL, fetch, maxRetries });
  const chunks = await client.chat.completions.create({ model, messages, stream: true }, { signal });
  for await (const { choices } of chunks) yield choices[0]?.delta.content ?? "";
}

async function* openaiHelper({ baseURL, fetch, maxRetries, signal }: ClientOptions): AsyncGenerator<string> {
  const client = new OpenAI({ apiKey, baseURL, fetch, maxRetries });
  const chunks = client.chat.completions.stream({ model, messages }, { signal });
  for await (const { choices } of chunks) yield choices[0]?.delta.content ?? "";
}

function streamWithAI({ baseURL, fetch, maxRetries, signal }: ClientOptions) {
  const baseten = createBaseten({ apiKey, baseURL, fetch });
  // Without `onError` it prints errors.
  return streamText({ model: baseten(model), messages, maxRetries, abortSignal: signal, onError: () => {} });
}

async function* aiTextStream(options: ClientOptions): AsyncGenerator<string> {
  yield* streamWithAI(options).textStream;
}

/** `fullStream` tells of an error as a part: this is a caller that throws it. */
async function* aiFullStream(options: ClientOptions): AsyncGenerator<string> {
  for await (const part of streamWithAI(options).fullStream) {
    if (part.type === "error") throw part.error;
    if (part.type === "text-delta") yield part.text;
  }
}

async function* langchain({ baseURL, fetch, maxRetries, signal }: ClientOptions): AsyncGenerator<string> {
  const chat = new ChatOpenAI({ apiKey, model, maxRetries, configuration: { baseURL, fetch } });
  for await (const { text } of await chat.stream("Hello", { signal })) yield text;
}

export const clients = { openai, openaiHelper, aiTextStream, aiFullStream, langchain };

export type ClientName = keyof typeof clients;
