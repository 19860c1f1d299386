/**
 * How the clients that hand out the wire's chunks are read: the text of every choice.
 *
 * @typedef {object} Part What one item of a client's stream says.
 * @property {number} choice The choice that the text belongs to; 0 for clients that stream text alone.
 * @property {string} text The new text; may be empty.
 * @property {boolean} [other] True for an item that is no chunk of a completion, such as a server's error object.
 */

/**
 * Reads a chunk of the wire as its documentation does (`choices[…].delta.content`), never failing where there is none.
 *
 * @param {{ choices?: { index?: number, delta?: { content?: string | null } }[] }} chunk
 * @returns {Part[]}
 */
export function readChunk(chunk) {
  if (!Array.isArray(chunk?.choices)) return [{ choice: 0, text: "", other: true }];
  return chunk.choices.map((choice) => ({ choice: choice.index ?? 0, text: choice.delta?.content ?? "" }));
}

/**
 * Reads an item of a client that streams text alone.
 *
 * @param {string} text
 * @returns {Part[]}
 */
export function readText(text) {
  return [{ choice: 0, text }];
}

/**
 * @typedef {object} Call What every adapter's `open` is given.
 * @property {string} baseURL
 * @property {string} apiKey
 * @property {string} model
 * @property {{ role: "user", content: string }[]} messages
 * @property {number} [n] Choices asked for.
 * @property {AbortSignal} [signal]
 * @property {number} [timeout] ms; set only where silence is tested, in the option that fits best.
 * @property {number} [maxRetries] Left alone (each client's default) unless a benchmark forbids retries.
 * @property {typeof globalThis.fetch} [fetch] In place of the global one, for a benchmark without a network.
 * @property {boolean} [careful] Whether promises of the result that are not used get a handler all the same.
 * @property {(callback: string) => void} [aside] Told which callback heard of an error that the loop did not see.
 */
