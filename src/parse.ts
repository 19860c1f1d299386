import { collect } from "./collect.ts";
import { assertValid, BasetenError, type BasetenErrorFields } from "./error.ts";
import { callEndpoint, type ParseBody } from "./http/call-endpoint.ts";
import { createIterator } from "./http/iterator.ts";
import { openStream } from "./stream.ts";
import type { ChatCompletion, ChatCompletionChunk, ChatRequest } from "./types/chat.ts";
import type { Options } from "./types/options.ts";
import type { DeepPartial, InferInput, InferOutput, Schema } from "./types/schema.ts";
import type { CreateError } from "./wire/api-error.ts";
import { buildChatRequest } from "./wire/chat-request.ts";
import { isObject, parseJSON } from "./wire/json.ts";
import { makeStrict } from "./wire/json-schema.ts";
import { assertOptions, CALL_OPTIONS, pickCallOptions } from "./wire/options.ts";
import { parseCompletion } from "./wire/parse-completion.ts";
import { createPartialJSONReader } from "./wire/partial-json.ts";
import { formatIssues, type ResolvedSchema, resolveSchema, validate } from "./wire/standard-schema.ts";

/** The options of `parse`: those of every call, and `onPartial`. */
export interface ParseOptions<Draft = unknown> extends Options {
  /**
   * Streams the answer: called, and awaited, after each delta that changed the draft, always with the same object, which
   * grows in place. Strings come as they are written, numbers and literals when they are whole.
   */
  onPartial?: ((draft: Draft) => void | Promise<void>) | undefined;
}

/** What `parse` gives. */
export interface Parsed<Value> {
  /** The answer as the schema has validated it. */
  value: Value;
  /** The whole answer, with its usage. */
  completion: ChatCompletion;
}

/** An answer, and what builds errors about it. */
interface Answer {
  completion: ChatCompletion;
  createError: CreateError;
}

async function requestAnswer(request: ChatRequest, options: Options): Promise<Answer> {
  const { target, body } = buildChatRequest(request, options, false);
  const parseAnswer: ParseBody<Answer> = (text, createError) => ({
    completion: parseCompletion(text, createError),
    createError,
  });
  return callEndpoint(target, "/chat/completions", options, parseAnswer, body);
}

/** Streams the answer and reports its JSON as it comes. */
async function streamAnswer(
  request: ChatRequest,
  options: Options,
  onPartial: (draft: unknown) => void | Promise<void>,
): Promise<Answer> {
  const reader = createPartialJSONReader();
  let createError: CreateError = (name, prefix) => new BasetenError(name, prefix);
  const chunks = createIterator<ChatCompletionChunk, unknown>((controller) =>
    openStream(request, options, controller, (call) => {
      createError = call.createError;
    }),
  );
  const completion = await collect(chunks, ({ choices }) => {
    const content = choices.find(({ index }) => (index ?? 0) === 0)?.delta.content;
    return content && reader.feed(content) ? onPartial(reader.draft()) : undefined;
  });
  if (reader.flush()) await onPartial(reader.draft());
  return { completion, createError };
}

/** Validates an answer, and throws what is wrong with it. */
async function readValue({ completion, createError }: Answer, schema: ResolvedSchema): Promise<unknown> {
  // A server may list the choices in any order.
  const choice = completion.choices.find(({ index }) => !index);
  const { content, refusal } = choice?.message ?? {};
  const text = content ?? "";
  const createAnswerError = (what: string, quote = "", fields: BasetenErrorFields = {}): BasetenError => {
    const error = createError("InvalidResponseError", what, { quote });
    // A second error redacts and cuts the text. The first must not have it as its `body`: fields would be read out of it.
    const { body } = createError("InvalidResponseError", "", { body: text });
    return Object.assign(error, { partial: completion, ...(body && { body }), ...fields });
  };
  if (refusal) throw createAnswerError("the model refused: ", refusal);
  const reason = `(finish_reason "${choice?.finish_reason}")`;
  if (choice?.finish_reason === "length") throw createAnswerError(`the answer was cut off ${reason}`);
  const value = parseJSON(text);
  if (value === undefined) throw createAnswerError(`the answer is not JSON ${reason}: `, text);
  const result = await validate(value, schema);
  if (!result.issues) return result.value;
  throw createAnswerError("the answer does not fit the schema: ", formatIssues(result.issues), {
    issues: result.issues,
  });
}

/**
 * Asks a model for an answer that fits a schema, and gives the validated value.
 *
 * ```ts
 * const schema = z.object({ city: z.string(), population: z.number() });
 * const { value } = await parse({ model, messages }, schema);
 * ```
 *
 * The schema is sent as `response_format`, strict: `additionalProperties: false` is added where nothing is said, and an
 * optional property is refused, since strict mode has none (let it be nullable instead).
 *
 * @param request - the JSON body without `response_format`; choice 0 of the answer counts
 * @param schema - a Standard Schema that carries its JSON Schema (Zod 4.2+, ArkType); or `{ validator, jsonSchema }`, as
 * for Valibot with `@valibot/to-json-schema`; or a plain JSON Schema, whose value is not validated and of type `unknown`
 * @param options - as for `completion`, and `onPartial`, which streams the answer. If it throws, the call ends with that
 * @returns the value, after the schema's transforms, and the completion
 * @throws {BasetenError} `BadRequestError` for a schema that cannot be sent, with the path of what is wrong;
 * `InvalidResponseError` for a refusal, an answer cut off by `max_tokens`, or one that is not JSON or does not fit, with
 * `issues`, the answer's text as `body` and the completion as `partial`; and what `completion` throws
 */
export async function parse<S extends Schema>(
  request: ChatRequest,
  schema: S,
  options?: ParseOptions<DeepPartial<InferInput<S>>>,
): Promise<Parsed<InferOutput<S>>>;

export async function parse(
  request: ChatRequest,
  schema: Schema,
  options: ParseOptions = {},
): Promise<Parsed<unknown>> {
  assertOptions(options, [...CALL_OPTIONS, "onPartial"]);
  const { onPartial } = options;
  const callOptions = pickCallOptions(options);
  assertValid(onPartial === undefined || typeof onPartial === "function", "onPartial", "a function", onPartial);
  assertValid(isObject(request), "request", "an object", request);
  assertValid(
    request.response_format == null,
    "response_format",
    "nothing: parse sends the schema",
    request.response_format,
  );
  const resolved = resolveSchema(schema, "schema");
  makeStrict(resolved.jsonSchema, "schema");
  const json_schema = { name: "answer", strict: true, schema: resolved.jsonSchema };
  const body: ChatRequest = { ...request, response_format: { type: "json_schema", json_schema } };
  const answer = await (onPartial ? streamAnswer(body, callOptions, onPartial) : requestAnswer(body, callOptions));
  const value = await readValue(answer, resolved);
  return { value, completion: answer.completion };
}
