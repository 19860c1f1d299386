/**
 * The bytes of one event of one stream, as Baseten would send them. No two events are alike, so that a byte that is lost,
 * doubled, or given to the wrong caller is noticed.
 *
 * @param {number} stream
 * @param {number} index
 */
export function encodeEvent(stream, index) {
  const chunk = {
    id: `chatcmpl-${stream}`,
    object: "chat.completion.chunk",
    created: 1_790_000_000,
    model: "openai/gpt-oss-120b",
    choices: [{ index: 0, delta: { content: ` word-${stream}-${index} 空は青い` }, finish_reason: null }],
    usage: { prompt_tokens: 12, completion_tokens: index, total_tokens: 12 + index },
  };
  return Buffer.from(`data: ${JSON.stringify(chunk)}\n\n`);
}

export const DONE = Buffer.from("data: [DONE]\n\n");

/** A short completion, as Baseten would send it. */
export const COMPLETION = JSON.stringify({
  id: "chatcmpl-4f0b7a52c1de4b5f9d7e",
  object: "chat.completion",
  created: 1_790_000_000,
  model: "openai/gpt-oss-120b",
  choices: [{ index: 0, message: { role: "assistant", content: "The sky is blue." }, finish_reason: "stop" }],
  usage: { prompt_tokens: 12, completion_tokens: 5, total_tokens: 17 },
});
