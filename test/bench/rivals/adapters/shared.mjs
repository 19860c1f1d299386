/**
 * What the adapters have in common: how they are called, and how the items of a client's stream are read.
 *
 * @typedef {object} Adapter
 * @property {(call: Call) => unknown} open Starts a stream; gives an async iterable, or a promise of one.
 * @property {(item: any) => Part[]} read Reads one item of it.
 * @property {(call: Call) => Promise<string>} [complete] Makes a call without a stream; gives the text.
 * @property {(call: Call) => Promise<[name: string, args: unknown][]>} [collectToolCalls] Streams, and gives the tool calls
 * as the client itself adds them up.
 *
 * @typedef {object} Part What one item of a client's stream says.
 * @property {number} choice The choice that the text belongs to; 0 for clients that stream text alone.
 * @property {string} text The new text; may be empty.
 * @property {boolean} [other] True for an item that is no chunk of a completion, such as a server's error object.
 *
 * @typedef {object} Call
 * @property {string} baseURL
 * @property {string} apiKey
 * @property {string} model
 * @property {{ role: "user", content: string }[]} messages
 * @property {number} [n] Choices to ask for.
 * @property {AbortSignal} [signal]
 * @property {number} [timeout] ms; set only where silence is tested, for the option that fits best.
 * @property {number} [maxRetries] Absent (each client's default) unless a benchmark forbids retries.
 * @property {typeof globalThis.fetch} [fetch] Replaces the global one: a benchmark without a network, or the guard.
 * @property {boolean} [careful] Whether promises of the result that are not used get a handler all the same.
 * @property {(callback: string) => void} [onCallback] Told which callback received an error that the loop did not throw.
 */

/** Names of the functions that the model may call in the scenario of tool calls. */
export const TOOL_NAMES = ["weather", "time"];

const parameters = { type: "object", properties: {} };

/** The tools as the wire has them. */
export const tools = TOOL_NAMES.map((name) => ({ type: "function", function: { name, parameters } }));

/** Tool calls of the wire as name and arguments. @returns {[name: string, args: unknown][]} */
export const readToolCalls = (calls) => calls.map((call) => [call.function.name, JSON.parse(call.function.arguments)]);

/**
 * Reads a chunk of the wire as its documentation does (`choices[…].delta.content`), and never fails where there is none.
 *
 * @param {{ choices?: { index?: number, delta?: { content?: string | null } }[] }} chunk
 * @returns {Part[]}
 */
export function readChunk(chunk) {
  if (!Array.isArray(chunk?.choices)) return [{ choice: 0, text: "", other: true }];
  return chunk.choices.map((choice) => ({ choice: choice.index ?? 0, text: String(choice.delta?.content ?? "") }));
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
