/**
 * The bytes of one event of one stream, as Baseten would send them. No two events are alike, so that a byte that is lost,
 * doubled, or given to the wrong caller shows.
 *
 * @param {number} stream
 * @param {number} at
 */
export function piece(stream, at) {
  const chunk = {
    id: `chatcmpl-${stream}`,
    object: "chat.completion.chunk",
    created: 1_790_000_000,
    model: "openai/gpt-oss-120b",
    choices: [{ index: 0, delta: { content: ` word-${stream}-${at} 空は青い` }, finish_reason: null }],
    usage: { prompt_tokens: 12, completion_tokens: at, total_tokens: 12 + at },
  };
  return Buffer.from(`data: ${JSON.stringify(chunk)}\n\n`);
}
