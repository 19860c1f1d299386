/*
 * The requests, as Baseten's Model API and its dedicated deployments take them: OpenAI's chat completions with Baseten's
 * extras. Optional fields may be `undefined`; such a field is not sent.
 */

import type { Message, WithUnknown } from "./message.ts";
import type { Options } from "./options.ts";

export type * from "./completion.ts";
export type * from "./message.ts";

/**
 * Slugs of Baseten's Model API, for editors to complete: the list of November 2026. It is not a limit: any string is a
 * model, and `GET /v1/models` is the current list.
 */
export type KnownSlug =
  | "deepseek-ai/DeepSeek-V4-Pro"
  | "moonshotai/Kimi-K3"
  | "openai/gpt-oss-120b"
  | "zai-org/GLM-5.3";

/** A {@link KnownSlug}, with or without LiteLLM's prefix. */
export type KnownModel = `baseten/${KnownSlug}` | KnownSlug;

/** A tool that the model may call. */
export interface Tool {
  type: "function";
  /** The function, as the model is told of it. */
  function: {
    /** Letters, digits, `_` and `-`. */
    name: string;
    /** Tells the model what the tool does and when to call it. */
    description?: string | undefined;
    /** A JSON Schema of the arguments, an object. Default: no arguments. */
    parameters?: Record<string, unknown> | undefined;
    /** Whether the arguments must follow the schema exactly. */
    strict?: boolean | null | undefined;
  };
}

/**
 * Whether the model calls tools: `none`, `auto` (it decides), `required` (at least one), a certain function, or a tool of
 * another type.
 */
export type ToolChoice =
  | "none"
  | "auto"
  | "required"
  | { type: "function"; function: { name: string } }
  | { type: string };

/** The form of the answer: text, any JSON object, or JSON of a schema. Baseten takes `json_schema` only if it is strict. */
export type ResponseFormat =
  | { type: "text" }
  | { type: "json_object" }
  | {
      type: "json_schema";
      json_schema: {
        /** Letters, digits, `_` and `-`. */
        name: string;
        /** Tells the model what the answer is for. */
        description?: string | undefined;
        /** The JSON Schema of the answer. */
        schema?: Record<string, unknown> | undefined;
        /** Baseten takes only `true`. */
        strict?: boolean | null | undefined;
      };
    };

/** The fields of a request that this library knows. Only `model` and `messages` are checked before sending. */
export interface ChatFields {
  /** `baseten/<slug>` or `baseten/<8-character code>`, with or without the prefix, or `litellm_proxy/<name>`. */
  model: KnownModel | (string & {});
  /** The conversation, oldest message first. */
  messages: readonly Message[];
  /** The most tokens to generate, reasoning included. Default: the model's limit. */
  max_tokens?: number | null | undefined;
  /** Another name of `max_tokens`. Sent to Baseten as `max_tokens`. */
  max_completion_tokens?: number | null | undefined;
  /** How random the choice of tokens is, from 0 to 4. Source: Baseten's documentation. */
  temperature?: number | null | undefined;
  /** Choose among the most likely tokens whose probabilities add up to this, from 0 to 1. */
  top_p?: number | null | undefined;
  /** Choose among this many of the most likely tokens. */
  top_k?: number | null | undefined;
  /** Choose among tokens of at least this fraction of the likeliest token's probability, from 0 to 1. */
  min_p?: number | null | undefined;
  /** Above 1 makes tokens less likely that appeared in the request or the answer, multiplied. 1 has no effect. */
  repetition_penalty?: number | null | undefined;
  /** Above 0 makes tokens less likely that appeared in the answer, from -2 to 2. */
  presence_penalty?: number | null | undefined;
  /** Above 0 makes tokens less likely the more often they appeared in the answer, from -2 to 2. */
  frequency_penalty?: number | null | undefined;
  /** Texts that end the answer. They are not part of it. */
  stop?: string | readonly string[] | null | undefined;
  /** The same seed gives the same answer, as far as the server can. */
  seed?: number | null | undefined;
  /** How many answers to generate. Baseten's Model API takes only 1. */
  n?: number | null | undefined;
  /** An id of the end user, for the server's records. */
  user?: string | undefined;
  /** Whether to return the probabilities of the tokens. */
  logprobs?: boolean | null | undefined;
  /** How many of the most likely tokens to return at each place, with `logprobs`. */
  top_logprobs?: number | null | undefined;
  /** The tools that the model may call: functions, and server-side tools of other types. */
  tools?: readonly (Tool | { type: string })[] | undefined;
  /** Whether the model calls tools. Default: `"auto"` if there are tools. */
  tool_choice?: ToolChoice | undefined;
  /** Whether the model may call several tools at once. */
  parallel_tool_calls?: boolean | undefined;
  /** The form of the answer. Default: text. */
  response_format?: ResponseFormat | undefined;
  /** How much the model reasons. The values differ by model. */
  reasoning_effort?: "none" | "minimal" | "low" | "medium" | "high" | (string & {}) | null | undefined;
  /** For the model's chat template, such as `{ enable_thinking: true }` for Kimi, GLM and Nemotron. */
  chat_template_args?: Record<string, unknown> | undefined;
  /** `stream` requests the usage unless `include_usage` is set here; `completion` leaves this field out. */
  stream_options?: WithUnknown<{ include_usage?: boolean | undefined }> | null | undefined;
}

/**
 * The options, which are not fields of a request: they belong in the second argument. `timeout` and `headers` are missing
 * here, since a LiteLLM proxy takes them in the body; toward other hosts they are refused before sending.
 */
export type NoOptions = { [Name in Exclude<keyof Options, "timeout" | "headers">]?: undefined };

/** The body of a request. A field that is not known here is sent as it is. */
export type ChatRequest = WithUnknown<
  ChatFields &
    NoOptions & {
      /** For `true` call `stream`, which sends it by itself. */
      stream?: false | null | undefined;
    }
>;

/** A {@link ChatRequest} for `stream`, which may also say `stream: true`. */
export type ChatStreamRequest = WithUnknown<
  ChatFields &
    NoOptions & {
      /** Sent as `true` in any case. */
      stream?: true | null | undefined;
    }
>;
