/** The fields of a request: the parameters that LiteLLM knows for Baseten, and others. */

import { differs, MESSAGES, MODEL_API, type ParityCase, parityCase, refuses, sends } from "./parity-case.js";

type Fields = Record<string, unknown>;

const names = (fields: Fields): string => Object.keys(fields).join(", ");

/** Fields that both send as they are given. */
const same = (fields: Fields, name = names(fields)): ParityCase => parityCase(name, fields, sends(MODEL_API, fields));

/** Fields that LiteLLM refuses, or drops. */
const unsupported = (fields: Fields, end = "answered"): ParityCase =>
  differs(
    sends(MODEL_API, fields, { end }),
    "LiteLLM has a list of fields; here the request is the body, and the server decides",
    parityCase(names(fields), fields, refuses("UnsupportedParamsError")),
  );

/** Fields that LiteLLM leaves out. */
const leftOut = (fields: Fields, name = names(fields)): ParityCase =>
  differs(sends(MODEL_API, fields), "a field that is given is sent", parityCase(name, fields, sends(MODEL_API)));

/** Options of LiteLLM's among the fields. */
const keyword = (fields: Fields, litellm = sends(MODEL_API)): ParityCase =>
  differs(
    refuses(),
    "it would have no effect here, so the error says where it belongs",
    parityCase(names(fields), fields, litellm),
  );

const tool = { type: "function", function: { name: "now", parameters: { type: "object", properties: {} } } };
const choice = { type: "function", function: { name: "now" } };
const schema = {
  type: "object",
  properties: { greeting: { type: "string" } },
  required: ["greeting"],
  additionalProperties: false,
};
const format = { type: "json_schema", json_schema: { name: "greeting", strict: true, schema } };
const kimi = "moonshotai/Kimi-K3";
const image = { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } };
const looks = [{ role: "user", content: [{ type: "text", text: "What is this?" }, image] }];
const calls = {
  role: "assistant",
  tool_calls: [{ id: "call-1", ...choice, function: { name: "now", arguments: "{}" } }],
};
const toolMessage = { role: "tool", tool_call_id: "call-1", content: "noon" };
const withUsage = { stream: true, stream_options: { include_usage: true } };

export const PARAMETERS: ParityCase[] = [
  same({ max_tokens: 5 }),
  parityCase("max_completion_tokens", { max_completion_tokens: 5 }, sends(MODEL_API, { max_tokens: 5 })),
  parityCase("both", { max_tokens: 4, max_completion_tokens: 5 }, sends(MODEL_API, { max_tokens: 5 })),
  same({ response_format: { type: "json_object" } }),
  same({ response_format: format }, "response_format, a schema"),
  same({ seed: 7 }),
  same({ stop: "hello" }),
  same({ stop: ["hello", "you"] }, "stop, several"),
  same(withUsage),
  same({ stream: true, stream_options: { include_usage: false } }, "stream without usage"),
  same({ temperature: 0.5 }),
  same({ temperature: 0 }, "temperature 0"),
  same({ top_p: 0.5 }),
  same({ tools: [tool] }),
  same({ tools: [tool], tool_choice: "required" }),
  same({ tools: [tool], tool_choice: choice }, "tool_choice, a function"),
  same({ user: "somebody" }),
  same({ presence_penalty: 0.5, frequency_penalty: -0.5 }),
  same({ top_k: 3, min_p: 0.1, repetition_penalty: 1.1, chat_template_args: { enable_thinking: true } }),
  parityCase("stream_options without stream", { stream_options: { include_usage: true } }, sends(MODEL_API)),
  parityCase("timeout", { timeout: 20 }, sends(MODEL_API)),
  parityCase("extra_headers", { extra_headers: { "x-session-affinity": "a" } }, sends(MODEL_API, {}, { session: "a" })),
  differs(sends(MODEL_API, withUsage), "usage is requested unless the request says otherwise", same({ stream: true })),
  leftOut({ stream: false }),
  leftOut({ n: 1 }),
  leftOut({ temperature: null }, "null"),
  leftOut({ metadata: { team: "a" } }),
  unsupported({ n: 2 }, "BadRequestError"),
  unsupported({ logprobs: true, top_logprobs: 2 }),
  unsupported({ parallel_tool_calls: false }),
  unsupported({ reasoning_effort: "low" }),
  unsupported({ logit_bias: { "1": 1 } }),
  differs(
    refuses("BadRequestError"),
    "the request is the body already: its further fields are written into it",
    parityCase("extra_body", { extra_body: { top_k: 3 } }, sends(MODEL_API, { top_k: 3 })),
  ),
  keyword({ drop_params: true, n: 2 }),
  keyword({ fallbacks: ["baseten/zai-org/GLM-5.3"] }),
  keyword({ mock_response: "Hello." }, { end: "answered" }),
];

export const CONVERSATIONS: ParityCase[] = [
  same({ messages: [{ role: "system", content: "Be brief." }, ...MESSAGES] }, "a system message"),
  same({ messages: [{ role: "user", content: [{ type: "text", text: "Say hello." }] }] }, "a text in parts"),
  parityCase(
    "an image",
    { model: `baseten/${kimi}`, messages: looks },
    sends(MODEL_API, { model: kimi, messages: looks }),
  ),
  same({ messages: [{ role: "user", content: "héllo 👋 “日本”", name: "ann" }] }, "other alphabets, and a name"),
  same({ messages: [...MESSAGES, { ...calls, content: "One moment." }, toolMessage] }, "a tool's result"),
  parityCase(
    "role developer",
    { messages: [{ role: "developer", content: "Be brief." }, ...MESSAGES] },
    sends(MODEL_API, { messages: [{ role: "system", content: "Be brief." }, ...MESSAGES] }),
  ),
  differs(
    sends(MODEL_API, { messages: [...MESSAGES, { ...calls, content: null }, toolMessage] }),
    "a message is sent as it was written",
    parityCase(
      "content null",
      { messages: [...MESSAGES, { ...calls, content: null }, toolMessage] },
      sends(MODEL_API, { messages: [...MESSAGES, calls, toolMessage] }),
    ),
  ),
];
