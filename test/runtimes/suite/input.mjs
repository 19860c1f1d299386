/** What is decided before a request is sent: where it goes and with which key; and runtimes that lack a global. */
import { assert, assertEqual, rejectsWith } from "./assertions.mjs";
import { ANSWER, createEndpoint, KEY, REQUEST } from "./endpoint.mjs";

const addresses = [
  ["baseten/openai/gpt-oss-120b", {}, "model-api", "https://inference.baseten.co/v1"],
  ["baseten/abcd1234", {}, "dedicated", "https://model-abcd1234.api.baseten.co/environments/production/sync/v1"],
  ["litellm_proxy/x", { baseURL: "http://localhost:4000/" }, "proxy", "http://localhost:4000"],
  ["any/model", { baseURL: new URL("https://example.com/v1?a=b") }, "custom", "https://example.com/v1", "?a=b"],
];

/** @type {import("./endpoint.mjs").Suite} */
export async function routing(context) {
  const { route, completion } = context.lib;
  for (const [model, options, kind, base, query = ""] of addresses) {
    const { kind: got, url } = route(model, options);
    assertEqual([got, url], [kind, `${base}/chat/completions${query}`], model);
  }
  const relative = async () => route("any/model", { baseURL: "/v1" }).url;
  const { location } = globalThis;
  if (location?.origin) assertEqual(await relative(), `${location.origin}/v1/chat/completions`, "relative to the page");
  else await rejectsWith(context, relative(), "BadRequestError", "a relative base URL without a page");
  for (const model of ["", "baseten/", "baseten/abcd1234\n", "baseten/ａbcd1234", 5]) {
    await rejectsWith(context, completion({ ...REQUEST, model }, { apiKey: KEY }), "BadRequestError", `model ${model}`);
  }
}

/** The key of the environment goes to the base URL of the environment, never to one of the options. */
async function checkEnvironmentKey(context) {
  const { env, lib } = context;
  const endpoint = createEndpoint(context, "whole");
  const { baseURL, apiKey, ...options } = endpoint.options();
  env.set("BASETEN_API_KEY", "key-of-the-environment");
  env.set("BASETEN_BASE_URL", baseURL);
  try {
    await lib.completion(REQUEST, options);
    await lib.completion(REQUEST, { ...options, baseURL });
    await lib.completion(REQUEST, { ...options, apiKey });
  } finally {
    env.unset("BASETEN_API_KEY");
    env.unset("BASETEN_BASE_URL");
  }
  const keys = (await endpoint.getRequests()).map(({ headers }) => headers.authorization ?? "none");
  assertEqual(keys, ["Bearer key-of-the-environment", "none", `Bearer ${KEY}`], "the environment's key");
}

/** Deno prompts the user when a variable is read without permission; a library must not cause that. */
async function checkNoPermissionPrompt(context) {
  const { env } = globalThis.Deno;
  const { get } = env;
  const asked = [];
  env.get = (name) => void asked.push(name);
  try {
    await rejectsWith(context, context.lib.completion(REQUEST), "AuthenticationError", "no permission");
  } finally {
    env.get = get;
  }
  assertEqual(asked, [], "variables read without permission");
}

/** @type {import("./endpoint.mjs").Suite} */
export async function keys(context) {
  const { completion } = context.lib;
  const endpoint = createEndpoint(context, "503-whole");
  let attempt = 0;
  await completion(REQUEST, endpoint.options({ apiKey: async () => `  key-${++attempt}\n` }));
  const sent = (await endpoint.getRequests()).map(({ headers }) => headers.authorization);
  assertEqual(sent, ["Bearer key-1", "Bearer key-2"], "a key for each attempt");
  for (const apiKey of ["secret\nsecret", "sécret-sécret"]) {
    const { message } = await rejectsWith(context, completion(REQUEST, { apiKey }), "AuthenticationError", "a bad key");
    assert(!message.includes("cret"), `nothing of the key in: ${message}`);
  }
  if (context.options?.fetch === undefined) {
    await rejectsWith(context, completion(REQUEST), "AuthenticationError", "no key for a host of Baseten's");
  }
  if (context.env) await checkEnvironmentKey(context);
  else if (globalThis.Deno) await checkNoPermissionPrompt(context);
}

/** Runs `work` while these globals are undefined. */
async function withoutGlobals(names, work) {
  const kept = names.map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)]);
  for (const name of names) {
    Object.defineProperty(globalThis, name, { value: undefined, configurable: true, writable: true });
  }
  try {
    return await work();
  } finally {
    for (const [name, descriptor] of kept) {
      delete globalThis[name];
      if (descriptor) Object.defineProperty(globalThis, name, descriptor);
    }
  }
}

/** @type {import("./endpoint.mjs").Suite} */
export async function missing(context) {
  const { completion, stream } = context.lib;
  const call = () => completion(REQUEST, { apiKey: KEY });
  const { message } = await withoutGlobals(["fetch"], () =>
    rejectsWith(context, call(), "BadRequestError", "no fetch"),
  );
  assert(message.startsWith("fetch: "), `a message that names fetch, got: ${message}`);
  const fetchWithoutBody = async () => ({
    ok: true,
    status: 200,
    headers: new Headers(),
    text: async () => JSON.stringify(COMPLETION),
  });
  const options = createEndpoint(context, "whole").options({ fetch: fetchWithoutBody });
  await withoutGlobals(["ReadableStream", "TextDecoderStream"], async () => {
    const { choices } = await completion(REQUEST, options);
    assertEqual(choices[0].message.content, ANSWER, "a completion without streams");
    const error = await rejectsWith(context, stream(REQUEST, options).next(), "InvalidResponseError", "no streams");
    assert(error.message.includes("expo/fetch"), `a message that names expo/fetch, got: ${error.message}`);
  });
}

const COMPLETION = { choices: [{ index: 0, message: { role: "assistant", content: ANSWER }, finish_reason: "stop" }] };

async function checkEmulator(context) {
  const { collect, completion, stream } = context.lib;
  const { emulator } = context.servers;
  const fetch = emulator();
  const whole = await completion(REQUEST, { fetch });
  const pieces = await collect(stream(REQUEST, { fetch }));
  assert(whole.choices[0].message.content.length > 0, "an answer");
  assertEqual(pieces.choices[0].message.content, whole.choices[0].message.content, "the same answer, streamed");
  const promise = collect(stream(REQUEST, { fetch: emulator({ faults: ["truncate"] }) }));
  await rejectsWith(context, promise, "StreamTruncatedError", "a truncated stream");
}

async function checkRelay(context) {
  const { collect, completion, stream } = context.lib;
  const { emulator, relay } = context.servers;
  const handler = relay({ apiKey: KEY, authorize: () => true, fetch: emulator({ apiKeys: [KEY] }) });
  const options = { baseURL: "http://relay.example/v1", fetch: (url, init) => handler(new Request(url, init)) };
  const whole = await completion(REQUEST, options);
  const pieces = await collect(stream(REQUEST, options));
  assertEqual(pieces.choices[0].message.content, whole.choices[0].message.content, "the same answer, streamed");
}

/** @type {import("./endpoint.mjs").Suite} */
export async function offline(context) {
  await checkEmulator(context);
  try {
    await checkRelay(context);
  } catch (error) {
    const { body } = new Request("http://relay.example", { method: "POST", body: "body" });
    if (body !== undefined) throw error;
    return "its Request gives no body to read, which a relay reads; the emulator works";
  }
}
