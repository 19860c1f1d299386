/** Addresses and keys, given or of the environment, and those of a LiteLLM proxy. */

import { but, KEY, MESSAGES, MODEL_API, type Row, refused, row, SLUG, sent } from "./row.js";

const GATEWAY = "https://gateway.example/v1";
const PROXY = "https://proxy.example";
const chat = (base: string): string => `${base}/chat/completions`;

const absent = { end: "NotFoundError" };
const noKey = { api_key: undefined };
const ownBase = "LiteLLM reads no address of Baseten's; Baseten's own package for LangChain reads these";

export const ADDRESSES: Row[] = [
  row("api_base", { api_base: GATEWAY }, sent(chat(GATEWAY))),
  row("base_url", { base_url: GATEWAY }, sent(chat(GATEWAY))),
  row("base_url beside api_base", { base_url: GATEWAY, api_base: "https://second.example/v1" }, sent(chat(GATEWAY))),
  row("a slash at the end", { api_base: `${GATEWAY}/` }, sent(chat(GATEWAY))),
  row(
    "an address for a code",
    { model: "baseten/abcd1234", api_base: GATEWAY },
    sent(chat(GATEWAY), { model: "abcd1234" }),
  ),
  but(
    sent(chat(GATEWAY)),
    "LiteLLM takes it word for word, and appends the path once more",
    row("the whole address", { api_base: chat(GATEWAY) }, sent(chat(chat(GATEWAY)))),
  ),
  but(
    sent(`${chat(GATEWAY)}?team=a`),
    "LiteLLM appends the path to the query",
    row("a query", { api_base: `${GATEWAY}?team=a` }, sent(`${GATEWAY}?team=a/chat/completions`, {}, absent)),
  ),
  but(sent(chat(GATEWAY)), ownBase, row("BASETEN_BASE_URL", {}, sent(MODEL_API), { BASETEN_BASE_URL: GATEWAY })),
  but(sent(chat(GATEWAY)), ownBase, row("BASETEN_API_BASE", {}, sent(MODEL_API), { BASETEN_API_BASE: GATEWAY })),
];

export const KEYS: Row[] = [
  row("api_key", {}, sent(MODEL_API)),
  row("BASETEN_API_KEY", noKey, sent(MODEL_API), { BASETEN_API_KEY: KEY }),
  row("api_key beside BASETEN_API_KEY", {}, sent(MODEL_API), { BASETEN_API_KEY: "another-key-123456" }),
  but(
    sent(chat(GATEWAY), {}, { authorization: null }),
    "a key of the environment goes to addresses of the environment alone",
    row("BASETEN_API_KEY beside an address", { ...noKey, api_base: GATEWAY }, sent(chat(GATEWAY)), {
      BASETEN_API_KEY: KEY,
    }),
  ),
  but(
    refused("AuthenticationError"),
    "LiteLLM sends Baseten a key of OpenAI's",
    row("OPENAI_API_KEY", noKey, sent(MODEL_API), { OPENAI_API_KEY: KEY }),
  ),
  but(refused("AuthenticationError"), "its own name", row("no key", noKey, refused("InternalServerError"))),
];

/** The emulator knows no model of this name: what is sent is all that counts. */
const virtual = { model: "litellm_proxy/baseten-model" };
const named = { model: "baseten-model" };
const environment = { LITELLM_PROXY_API_BASE: PROXY, LITELLM_PROXY_API_KEY: KEY };
const untouched = { max_completion_tokens: 5, reasoning_effort: "low", logprobs: true, top_k: 3 };
const developer = [{ role: "developer", content: "Be brief." }, ...MESSAGES];
const system = [{ role: "system", content: "Be brief." }, ...MESSAGES];

export const PROXIED: Row[] = [
  row("the environment's", { ...virtual, ...noKey }, sent(chat(PROXY), named, absent), environment),
  row("api_base", { ...virtual, api_base: `${PROXY}/v1` }, sent(chat(`${PROXY}/v1`), named, absent)),
  row(
    "a name with slashes",
    { model: "litellm_proxy/baseten/zai-org/GLM-5.3", api_base: PROXY },
    sent(chat(PROXY), { model: "baseten/zai-org/GLM-5.3" }, absent),
  ),
  row(
    "fields that Baseten would get otherwise, or not at all",
    { model: `litellm_proxy/${SLUG}`, api_base: PROXY, ...untouched },
    sent(chat(PROXY), untouched),
  ),
  but(
    sent(chat(PROXY), { messages: developer }),
    "the proxy knows what model stands behind the name; it gets what was written",
    row(
      "role developer",
      { model: `litellm_proxy/${SLUG}`, api_base: PROXY, messages: developer },
      sent(chat(PROXY), { messages: system }),
    ),
  ),
  but(
    sent(chat(PROXY), named, { ...absent, authorization: null }),
    "a proxy may be open: it is asked, and not with Baseten's key",
    row("BASETEN_API_KEY", { ...virtual, ...noKey, api_base: PROXY }, refused("InternalServerError"), {
      BASETEN_API_KEY: KEY,
    }),
  ),
  but(
    refused(),
    "without the proxy's address LiteLLM sends its key, and the prompt, to OpenAI",
    row("no address", virtual, sent("https://api.openai.com/v1/chat/completions", named, absent), {
      BASETEN_BASE_URL: GATEWAY,
    }),
  ),
];
