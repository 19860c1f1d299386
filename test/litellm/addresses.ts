/** Base URLs and keys from the options or the environment, and those of a LiteLLM proxy. */

import { differs, KEY, MESSAGES, MODEL_API, type ParityCase, parityCase, refuses, SLUG, sends } from "./parity-case.js";

const GATEWAY = "https://gateway.example/v1";
const PROXY = "https://proxy.example";
const chat = (base: string): string => `${base}/chat/completions`;

const absent = { end: "NotFoundError" };
const noKey = { api_key: undefined };
const ownBase = "LiteLLM has no variable for Baseten's base URL; Baseten's own package for LangChain reads these";

export const ADDRESSES: ParityCase[] = [
  parityCase("api_base", { api_base: GATEWAY }, sends(chat(GATEWAY))),
  parityCase("base_url", { base_url: GATEWAY }, sends(chat(GATEWAY))),
  parityCase(
    "base_url beside api_base",
    { base_url: GATEWAY, api_base: "https://second.example/v1" },
    sends(chat(GATEWAY)),
  ),
  parityCase("a slash at the end", { api_base: `${GATEWAY}/` }, sends(chat(GATEWAY))),
  parityCase(
    "an address for a code",
    { model: "baseten/abcd1234", api_base: GATEWAY },
    sends(chat(GATEWAY), { model: "abcd1234" }),
  ),
  differs(
    sends(chat(GATEWAY)),
    "LiteLLM takes it word for word, and appends the path once more",
    parityCase("the whole address", { api_base: chat(GATEWAY) }, sends(chat(chat(GATEWAY)))),
  ),
  differs(
    sends(`${chat(GATEWAY)}?team=a`),
    "LiteLLM appends the path to the query",
    parityCase("a query", { api_base: `${GATEWAY}?team=a` }, sends(`${GATEWAY}?team=a/chat/completions`, {}, absent)),
  ),
  differs(
    sends(chat(GATEWAY)),
    ownBase,
    parityCase("BASETEN_BASE_URL", {}, sends(MODEL_API), { BASETEN_BASE_URL: GATEWAY }),
  ),
  differs(
    sends(chat(GATEWAY)),
    ownBase,
    parityCase("BASETEN_API_BASE", {}, sends(MODEL_API), { BASETEN_API_BASE: GATEWAY }),
  ),
];

export const KEYS: ParityCase[] = [
  parityCase("api_key", {}, sends(MODEL_API)),
  parityCase("BASETEN_API_KEY", noKey, sends(MODEL_API), { BASETEN_API_KEY: KEY }),
  parityCase("api_key beside BASETEN_API_KEY", {}, sends(MODEL_API), { BASETEN_API_KEY: "another-key-123456" }),
  differs(
    sends(chat(GATEWAY), {}, { authorization: null }),
    "a key of the environment goes to addresses of the environment alone",
    parityCase("BASETEN_API_KEY beside an address", { ...noKey, api_base: GATEWAY }, sends(chat(GATEWAY)), {
      BASETEN_API_KEY: KEY,
    }),
  ),
  differs(
    refuses("AuthenticationError"),
    "LiteLLM sends Baseten a key of OpenAI's",
    parityCase("OPENAI_API_KEY", noKey, sends(MODEL_API), { OPENAI_API_KEY: KEY }),
  ),
  differs(
    refuses("AuthenticationError"),
    "an error name of its own",
    parityCase("no key", noKey, refuses("InternalServerError")),
  ),
];

/** The emulator has no model of this name: only what is sent is compared. */
const virtual = { model: "litellm_proxy/baseten-model" };
const named = { model: "baseten-model" };
const environment = { LITELLM_PROXY_API_BASE: PROXY, LITELLM_PROXY_API_KEY: KEY };
const untouched = { max_completion_tokens: 5, reasoning_effort: "low", logprobs: true, top_k: 3 };
const developer = [{ role: "developer", content: "Be brief." }, ...MESSAGES];
const system = [{ role: "system", content: "Be brief." }, ...MESSAGES];

export const PROXIED: ParityCase[] = [
  parityCase("the environment's", { ...virtual, ...noKey }, sends(chat(PROXY), named, absent), environment),
  parityCase("api_base", { ...virtual, api_base: `${PROXY}/v1` }, sends(chat(`${PROXY}/v1`), named, absent)),
  parityCase(
    "a name with slashes",
    { model: "litellm_proxy/baseten/zai-org/GLM-5.3", api_base: PROXY },
    sends(chat(PROXY), { model: "baseten/zai-org/GLM-5.3" }, absent),
  ),
  parityCase(
    "fields that Baseten would get otherwise, or not at all",
    { model: `litellm_proxy/${SLUG}`, api_base: PROXY, ...untouched },
    sends(chat(PROXY), untouched),
  ),
  differs(
    sends(chat(PROXY), { messages: developer }),
    "the proxy knows the model behind the name, so the request is sent unchanged",
    parityCase(
      "role developer",
      { model: `litellm_proxy/${SLUG}`, api_base: PROXY, messages: developer },
      sends(chat(PROXY), { messages: system }),
    ),
  ),
  differs(
    sends(chat(PROXY), named, { ...absent, authorization: null }),
    "a proxy may need no key: the request is sent, and not with Baseten's key",
    parityCase("BASETEN_API_KEY", { ...virtual, ...noKey, api_base: PROXY }, refuses("InternalServerError"), {
      BASETEN_API_KEY: KEY,
    }),
  ),
  differs(
    refuses(),
    "without the proxy's address LiteLLM sends its key, and the prompt, to OpenAI",
    parityCase("no address", virtual, sends("https://api.openai.com/v1/chat/completions", named, absent), {
      BASETEN_BASE_URL: GATEWAY,
    }),
  ),
];
