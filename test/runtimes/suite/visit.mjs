/** What the suites ask with, and how they find out what the server saw. */

/** No real key: long enough to be looked for in every error. */
export const KEY = "key-0123456789";

/** A request, and its answer where the server says `whole` or `chunks`. */
export const REQUEST = Object.freeze({
  model: "baseten/openai/gpt-oss-120b",
  messages: Object.freeze([Object.freeze({ role: "user", content: "Hello" })]),
});
export const ANSWER = "Héllo wörld 🌍";

/**
 * @typedef {object} Context what a runtime gives the suites
 * @property {typeof import("../../../dist/index.js")} lib the library under test
 * @property {string} api the origin of the server that misbehaves
 * @property {{ set(name: string, value: string): void, unset(name: string): void }} [env] where the library may read one
 * @property {typeof import("../../../dist/relay.js") & typeof import("../../../dist/emulator.js")} [servers]
 * @property {import("../../../dist/index.js").Options} [options] for each call
 */

/** @typedef {(context: Context) => Promise<string | void>} Suite resolves to the reason where the runtime lacks what it needs */

/**
 * A base URL of its own at the server, and what happens there.
 *
 * @param {Context} context
 * @param {string} answers the server's answers to the first request, the second, …, with `-` between; the last stays
 */
export function visit({ api, options }, answers) {
  const token = `${answers}-${Math.random().toString(36).slice(2)}`;
  const ask = async (what) => (await fetch(`${api}/${what}/${token}`)).json();
  return {
    /** @param {import("../../../dist/index.js").Options} [more] */
    options: (more) => ({ baseURL: `${api}/${answers}/${token}/v1`, apiKey: KEY, ...options, ...more }),
    /** The requests so far: their headers and JSON bodies. @returns {Promise<{ headers: object, body: any }[]>} */
    seen: () => ask("seen"),
    /** Resolves when a client has left before its answer was over. @returns {Promise<boolean>} */
    gone: () => ask("gone"),
    /** Lets an answer go on that waits for it. @returns {Promise<boolean>} */
    proceed: () => ask("proceed"),
  };
}

/** Whether the runtime's own responses can be read as they come. @param {Context} context */
export async function streams({ api, options }) {
  const { fetch = globalThis.fetch } = options ?? {};
  const response = await fetch(`${api}/seen/probe`);
  const { body } = response;
  await response.text();
  return body !== undefined;
}
