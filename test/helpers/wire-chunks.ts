/** Completions, chunks and events as a server sends them. */

/** A chunk with these choices. */
export function chunk(choices: unknown, more: object = {}): object {
  return { id: "chat-1", object: "chat.completion.chunk", created: 1, model: "test/model", choices, ...more };
}

/** A chunk that adds content to one choice. */
export function contentChunk(content: string, index = 0): object {
  return chunk([{ index, delta: { content }, finish_reason: null }]);
}

/** A chunk that finishes one choice. */
export function finishChunk(finish_reason = "stop", index = 0): object {
  return chunk([{ index, delta: {}, finish_reason }]);
}

/** The last chunk of a stream with `include_usage`: no choices, only usage. */
export function usageChunk(completion_tokens = 2): object {
  return chunk([], { usage: { prompt_tokens: 3, completion_tokens, total_tokens: 3 + completion_tokens } });
}

/** One server-sent event with this data as JSON. */
export function sseEvent(data: unknown): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}

/** The event that ends a stream. */
export const DONE_EVENT = "data: [DONE]\n\n";

/** "Hello" in two content chunks, without a finish. */
export const HELLO_EVENTS: string = sseEvent(contentChunk("Hel")) + sseEvent(contentChunk("lo"));

/** The rest of the stream after {@link HELLO_EVENTS}: finish_reason, usage and [DONE]. */
export const FINISH_EVENTS: string = sseEvent(finishChunk()) + sseEvent(usageChunk()) + DONE_EVENT;

/** A whole completion with this content. */
export function completionBody(content: string, more: object = {}): object {
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
