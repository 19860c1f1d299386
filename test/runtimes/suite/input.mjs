/** Before anything is sent: where a request goes, with which key, and a runtime that lacks something. */
import { fails, ok, same } from "./expect.mjs";
import { ANSWER, KEY, REQUEST, visit } from "./visit.mjs";

const addresses = [
  ["baseten/openai/gpt-oss-120b", {}, "model-api", "https://inference.baseten.co/v1"],
  ["baseten/abcd1234", {}, "dedicated", "https://model-abcd1234.api.baseten.co/environments/production/sync/v1"],
  ["litellm_proxy/x", { baseURL: "http://localhost:4000/" }, "proxy", "http://localhost:4000"],
  ["any/model", { baseURL: new URL("https://example.com/v1?a=b") }, "custom", "https://example.com/v1", "?a=b"],
];

/** @type {import("./visit.mjs").Suite} */
export async function routing(context) {
  const { route, completion } = context.lib;
  for (const [model, options, kind, base, query = ""] of addresses) {
    const { kind: got, url } = route(model, options);
    same([got, url], [kind, `${base}/chat/completions${query}`], model);
  }
  const relative = async () => route("any/model", { baseURL: "/v1" }).url;
  const { location } = globalThis;
  if (location?.origin) same(await relative(), `${location.origin}/v1/chat/completions`, "relative to the page");
  else await fails(context, relative(), "BadRequestError", "a relative base URL without a page");
  for (const model of ["", "baseten/", "baseten/abcd1234\n", "baseten/ａbcd1234", 5]) {
    await fails(context, completion({ ...REQUEST, model }, { apiKey: KEY }), "BadRequestError", `model ${model}`);
  }
}

/** Counts what is sent with a `fetch` of the caller's own, which the emulator would be too. */
async function keyFromEnvironment(context) {
  const { env, lib } = context;
  const place = visit(context, "whole");
  const { baseURL, apiKey, ...options } = place.options();
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
  const keys = (await place.seen()).map(({ headers }) => headers.authorization ?? "none");
  same(keys, ["Bearer key-of-the-environment", "none", `Bearer ${KEY}`], "the environment's key");
}

/** Deno asks at the prompt when a variable is read without permission; a library must not make it ask. */
async function noQuestion(context) {
  const { env } = globalThis.Deno;
  const { get } = env;
  const asked = [];
  env.get = (name) => void asked.push(name);
  try {
    await fails(context, context.lib.completion(REQUEST), "AuthenticationError", "no permission");
  } finally {
    env.get = get;
  }
  same(asked, [], "variables read without permission");
}

/** @type {import("./visit.mjs").Suite} */
export async function keys(context) {
  const { completion } = context.lib;
  const place = visit(context, "503-whole");
  let attempt = 0;
  await completion(REQUEST, place.options({ apiKey: async () => `  key-${++attempt}\n` }));
  const sent = (await place.seen()).map(({ headers }) => headers.authorization);
  same(sent, ["Bearer key-1", "Bearer key-2"], "a key for each attempt");
  for (const apiKey of ["secret\nsecret", "sécret-sécret"]) {
    const { message } = await fails(context, completion(REQUEST, { apiKey }), "AuthenticationError", "a bad key");
    ok(!message.includes("cret"), `nothing of the key in: ${message}`);
  }
  if (context.options?.fetch === undefined) {
    await fails(context, completion(REQUEST), "AuthenticationError", "no key for a host of Baseten's");
  }
  if (context.env) await keyFromEnvironment(context);
  else if (globalThis.Deno) await noQuestion(context);
}

/** Runs `work` while globals are missing. */
async function without(names, work) {
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

/** @type {import("./visit.mjs").Suite} */
export async function lacking(context) {
  const { completion, stream } = context.lib;
  const call = () => completion(REQUEST, { apiKey: KEY });
  const { message } = await without(["fetch"], () => fails(context, call(), "BadRequestError", "no fetch"));
  ok(message.startsWith("fetch: "), `a message that names fetch, got: ${message}`);
  const bodiless = async () => ({
    ok: true,
    status: 200,
    headers: new Headers(),
    text: async () => JSON.stringify(REPLY),
  });
  const options = visit(context, "whole").options({ fetch: bodiless });
  await without(["ReadableStream", "TextDecoderStream"], async () => {
    const { choices } = await completion(REQUEST, options);
    same(choices[0].message.content, ANSWER, "a completion without streams");
    const error = await fails(context, stream(REQUEST, options).next(), "InvalidResponseError", "no streams");
    ok(error.message.includes("expo/fetch"), `a message that names expo/fetch, got: ${error.message}`);
  });
}

const REPLY = { choices: [{ index: 0, message: { role: "assistant", content: ANSWER }, finish_reason: "stop" }] };

async function emulated(context) {
  const { collect, completion, stream } = context.lib;
  const { emulator } = context.servers;
  const fetch = emulator();
  const whole = await completion(REQUEST, { fetch });
  const pieces = await collect(stream(REQUEST, { fetch }));
  ok(whole.choices[0].message.content.length > 0, "an answer");
  same(pieces.choices[0].message.content, whole.choices[0].message.content, "the same answer, streamed");
  const promise = collect(stream(REQUEST, { fetch: emulator({ faults: ["truncate"] }) }));
  await fails(context, promise, "StreamTruncatedError", "a bad day on order");
}

async function relayed(context) {
  const { collect, completion, stream } = context.lib;
  const { emulator, relay } = context.servers;
  const handler = relay({ apiKey: KEY, authorize: () => true, fetch: emulator({ apiKeys: [KEY] }) });
  const options = { baseURL: "http://relay.example/v1", fetch: (url, init) => handler(new Request(url, init)) };
  const whole = await completion(REQUEST, options);
  const pieces = await collect(stream(REQUEST, options));
  same(pieces.choices[0].message.content, whole.choices[0].message.content, "the same answer, streamed");
}

/** @type {import("./visit.mjs").Suite} */
export async function offline(context) {
  await emulated(context);
  try {
    await relayed(context);
  } catch (error) {
    const { body } = new Request("http://relay.example", { method: "POST", body: "body" });
    if (body !== undefined) throw error;
    return "its Request gives no body to read, which a relay reads; the emulator works";
  }
}
