/**
 * The event streams that are measured, the same in each run: chunks as Baseten sends them, one per event, with usage on each.
 *
 * @typedef {object} Stream
 * @property {string[]} payloads The JSON of each event.
 * @property {Uint8Array[]} reads The event stream; each entry is what one read gives.
 */
const encoder = new TextEncoder();
const english = "The sky is blue because air scatters short waves of light more than long ones . ".split(" ");
const others = ["空は", "青い、", "なぜなら", "небо ", "синее ", "ουρανός ", "🌤️", "é", " ± ", "한국어 "];
const code = 'const answer = await ask("why");\n\treturn { answer, "quoted": true };\n';

/** The JSON of one chunk. @param {object} delta @param {number} tokens Completion tokens until here. */
function chunk(delta, tokens) {
  return JSON.stringify({
    id: "chatcmpl-4f0b7a52c1de4b5f9d7e",
    object: "chat.completion.chunk",
    created: 1_790_000_000,
    model: "openai/gpt-oss-120b",
    choices: [{ index: 0, delta, logprobs: null, finish_reason: null }],
    usage: { prompt_tokens: 12, completion_tokens: tokens, total_tokens: 12 + tokens },
  });
}

/** @param {number} count @param {(index: number) => object} delta @returns {string[]} */
const chunks = (count, delta) => Array.from({ length: count }, (_, index) => chunk(delta(index), index));

const word = (index) => `${english[index % english.length]} `;

/** Words of an answer. @param {number} count */
export const plain = (count) => chunks(count, (index) => ({ content: word(index) }));

/** `size` characters of source code. @param {number} size */
const sourceCode = (size) => code.repeat(Math.ceil(size / code.length)).slice(0, size);

/** A delta of a tool call that writes a file; the first one names it. @param {number} index */
function toolCallDelta(index) {
  const opening = index === 0 && { id: "call_1", type: "function" };
  return {
    tool_calls: [
      { index: 0, ...opening, function: { ...(opening && { name: "write" }), arguments: sourceCode(4_096) } },
    ],
  };
}

/** One event that alone is `size` characters long, or a little more. @param {number} size */
export const single = (size) => [chunk({ content: "w".repeat(size) }, 1)];

/** Splits bytes into pieces of these sizes, in turn. @param {Uint8Array} bytes @param {number[]} sizes */
function cut(bytes, sizes) {
  const pieces = [];
  for (let from = 0, turn = 0; from < bytes.length; turn++) {
    const to = from + sizes[turn % sizes.length];
    pieces.push(bytes.slice(from, to));
    from = to;
  }
  return pieces;
}

/** Cuts the events into reads of one event each. */
export const eventReads = (events) => events.map((event) => encoder.encode(event));

/** Cuts the events into reads of these sizes, in turn. @param {number[]} sizes */
export const reads =
  (...sizes) =>
  (events) =>
    cut(encoder.encode(events.join("")), sizes);

/**
 * The stream of these payloads and `[DONE]`.
 *
 * @param {string[]} payloads
 * @param {(events: string[]) => Uint8Array[]} cutEvents Turns the events into reads.
 * @returns {Stream}
 */
export function streamOf(payloads, cutEvents) {
  return { payloads, reads: cutEvents([...payloads, "[DONE]"].map((data) => `data: ${data}\n\n`)) };
}

/** The streams by the columns that they fill. @type {Record<string, () => Stream>} */
export const streams = {
  "64 KiB reads": () => streamOf(plain(2_000), reads(65_536)),
  "one event a read": () => streamOf(plain(2_000), eventReads),
  "reads of 1 to 211 bytes": () => streamOf(plain(2_000), reads(1, 97, 13, 211, 7)),
  "not ASCII": () =>
    streamOf(
      chunks(2_000, (index) => ({ content: others[index % others.length].repeat(4) })),
      reads(1_021),
    ),
  reasoning: () =>
    streamOf(
      chunks(2_000, (index) => ({ reasoning_content: word(index), content: null })),
      eventReads,
    ),
  "tool arguments": () => streamOf(chunks(200, toolCallDelta), reads(65_536)),
  // So long that the set-up of a call does not count.
  "64 KiB reads, 20,000 chunks": () => streamOf(plain(20_000), reads(65_536)),
  "one event a read, 20,000 chunks": () => streamOf(plain(20_000), eventReads),
};
