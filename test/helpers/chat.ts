/** The words of the wire, as tests say them. */

import { type Answer, end, events, type Script, whole } from "./server.js";

/** A key that must appear in no error. */
export const KEY = "test-key-0123456789";

/** A request that nothing is wrong with. */
export const REQUEST: { model: string; messages: { role: "user"; content: string }[] } = {
  model: "test/model",
  messages: [{ role: "user", content: "Say hello." }],
};

/** One chunk. */
export function chunk(choices: unknown, more: object = {}): object {
  return { id: "chat-1", object: "chat.completion.chunk", created: 1, model: "test/model", choices, ...more };
}

/** A chunk that adds to one choice. */
export function says(content: string, index = 0): object {
  return chunk([{ index, delta: { content }, finish_reason: null }]);
}

/** A chunk that finishes one choice. */
export function stops(finish_reason = "stop", index = 0): object {
  return chunk([{ index, delta: {}, finish_reason }]);
}

/** The last chunk of a stream that counts. */
export function counts(completion_tokens = 2): object {
  return chunk([], { usage: { prompt_tokens: 3, completion_tokens, total_tokens: 3 + completion_tokens } });
}

/** One event. */
export function event(data: unknown): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}

/** The mark at the end of a stream. */
export const DONE = "data: [DONE]\n\n";

/** "Hello" in two events, unfinished. */
export const HELLO: string = event(says("Hel")) + event(says("lo"));

/** What belongs behind {@link HELLO}. */
export const FINISH: string = event(stops()) + event(counts()) + DONE;

/** A whole completion that says the text. */
export function reply(content: string, more: object = {}): object {
  return {
    id: "chat-1",
    object: "chat.completion",
    created: 1,
    model: "test/model",
    choices: [
      { index: 0, message: { role: "assistant", content, refusal: null }, finish_reason: "stop", logprobs: null },
    ],
    usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
    ...more,
  };
}

/** A JSON answer. */
export function json(status: number, body: unknown, headers: Record<string, string> = {}): Script {
  return whole(status, JSON.stringify(body), { "content-type": "application/json", ...headers });
}

/** "Hello", streamed or not, as the request asks. */
export const hello: Answer = ({ json: { stream } }) =>
  stream ? [events(), HELLO + FINISH, end] : json(200, reply("Hello"));
