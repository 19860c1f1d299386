/** The request that the suites send, and an endpoint of the test server for each call. */

/** No real key: long enough to be looked for in every error. */
export const KEY = "key-0123456789";

/** A request, and the text of its response where the script is `whole` or `chunks`. */
export const REQUEST = Object.freeze({
  model: "baseten/openai/gpt-oss-120b",
  messages: Object.freeze([Object.freeze({ role: "user", content: "Hello" })]),
});
export const ANSWER = "Héllo wörld 🌍";

/**
 * @typedef {object} Context what a runtime passes to the suites
 * @property {typeof import("../../../dist/index.js")} lib the library under test
 * @property {string} api the origin of the test server
 * @property {{ set(name: string, value: string): void, unset(name: string): void }} [env] where the library may read the environment
 * @property {typeof import("../../../dist/relay.js") & typeof import("../../../dist/emulator.js")} [servers]
 * @property {import("../../../dist/index.js").Options} [options] for each call
 */

/** @typedef {(context: Context) => Promise<string | void>} Suite resolves to a reason if the runtime lacks what the suite needs */

/**
 * Creates a base URL of its own at the test server.
 *
 * @param {Context} context
 * @param {string} script the server's responses to the first request, the second, …, joined by `-`; the last is repeated
 */
export function createEndpoint({ api, options }, script) {
  const token = `${script}-${Math.random().toString(36).slice(2)}`;
  const query = async (what) => (await fetch(`${api}/${what}/${token}`)).json();
  return {
    /** @param {import("../../../dist/index.js").Options} [more] */
    options: (more) => ({ baseURL: `${api}/${script}/${token}/v1`, apiKey: KEY, ...options, ...more }),
    /** The requests so far: their headers and JSON bodies. @returns {Promise<{ headers: object, body: any }[]>} */
    getRequests: () => query("requests"),
    /** Resolves when a client has closed a connection before its response was over. @returns {Promise<boolean>} */
    waitForClose: () => query("closed"),
    /** Lets a response continue that waits for it. @returns {Promise<boolean>} */
    proceed: () => query("proceed"),
  };
}

/** The class of the responses that the context's fetch gives: the global one's may lack a body. @param {Context} context */
export async function findResponseClass({ api, options }) {
  const { fetch = globalThis.fetch } = options ?? {};
  const response = await fetch(`${api}/requests/probe`);
  await response.text();
  return response.constructor;
}

/** Whether the runtime's responses have a body that can be read as it arrives. @param {Context} context */
export async function hasBody({ api, options }) {
  const { fetch = globalThis.fetch } = options ?? {};
  const response = await fetch(`${api}/requests/probe`);
  const { body } = response;
  await response.text();
  return body !== undefined;
}
