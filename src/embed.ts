import { assertValid, BasetenError } from "./error.ts";
import { callEndpoint } from "./http/call-endpoint.ts";
import type { Embedding, Embeddings, EmbeddingsRequest } from "./types/embeddings.ts";
import type { Options } from "./types/options.ts";
import type { CreateError } from "./wire/api-error.ts";
import { assertNoOptions, serialize } from "./wire/chat-request.ts";
import { isObject } from "./wire/json.ts";
import { pickCallOptions } from "./wire/options.ts";
import { parseReply } from "./wire/parse-reply.ts";
import { resolveTarget } from "./wire/target.ts";

/** The most inputs of one request, by Baseten's documentation: more are answered with 413. */
const MAX_INPUTS = 128;
/** The most requests at once. */
const MAX_CONCURRENT = 4;

/** The inputs of one request, and where they stand in the whole list. */
interface Batch {
  input: unknown;
  start: number;
  count: number;
}

/** A text, or the tokens of one. */
function isSingleInput(input: unknown): boolean {
  const isNumber = (value: unknown) => typeof value === "number";
  return typeof input === "string" || (Array.isArray(input) && input.length > 0 && input.every(isNumber));
}

function toBatches(input: unknown): Batch[] {
  if (isSingleInput(input)) return [{ input, start: 0, count: 1 }];
  const isList = Array.isArray(input) && input.length > 0 && input.every(isSingleInput);
  assertValid(isList, "input", "a text, its tokens, or a list of those", input);
  const batches: Batch[] = [];
  for (let start = 0; start < input.length; start += MAX_INPUTS) {
    const part = input.slice(start, start + MAX_INPUTS);
    batches.push({ input: part, start, count: part.length });
  }
  return batches;
}

/** Reads an embedding: numbers, or base64 of 32-bit floats, little-endian. `undefined` if it is neither. */
function readNumbers(embedding: unknown): number[] | undefined {
  if (typeof embedding !== "string") return Array.isArray(embedding) ? embedding : undefined;
  try {
    const view = new DataView(Uint8Array.from(atob(embedding), (char) => char.charCodeAt(0)).buffer);
    // Rounded up: a number that was cut off throws.
    return Array.from({ length: Math.ceil(view.byteLength / 4) }, (_, index) => view.getFloat32(index * 4, true));
  } catch {
    return;
  }
}

/** Reads the answer to a batch: a list with an embedding for each input. */
function readList(reply: Record<string, unknown>, { start, count }: Batch): Partial<Embeddings> | undefined {
  if (!Array.isArray(reply.data)) return;
  const data = reply.data.flatMap((item: unknown, position): Embedding[] => {
    const embedding = isObject(item) && readNumbers(item.embedding);
    if (!embedding) return [];
    const index = start + (typeof item.index === "number" ? item.index : position);
    return [{ ...item, object: "embedding", index, embedding }];
  });
  return data.length === count ? { ...reply, data } : undefined;
}

/** Puts the answers of all batches together. */
function mergeLists(lists: Partial<Embeddings>[], model: string): Embeddings {
  const sum = (field: "prompt_tokens" | "total_tokens") =>
    lists.reduce((total, { usage }) => total + (usage?.[field] ?? 0), 0);
  return {
    model,
    ...lists[0],
    object: "list",
    data: lists.flatMap(({ data = [] }) => data).sort((a, b) => a.index - b.index),
    usage: { ...lists[0]?.usage, prompt_tokens: sum("prompt_tokens"), total_tokens: sum("total_tokens") },
  };
}

/**
 * Embeds texts with a dedicated deployment, or at a `baseURL`: Baseten's Model API has no embeddings.
 *
 * ```ts
 * const { data } = await embed({ model: "baseten/abcd1234", input: ["first text", "second text"] });
 * data[1]?.embedding; // numbers
 * ```
 *
 * More than 128 inputs are split into several requests, at most 4 at once. After a failure no further request begins,
 * and those under way are waited for.
 *
 * @param request - the JSON body; a list of numbers is the tokens of one input
 * @param options - as for `completion`; `timeout` and `maxRetries` hold for each request
 * @returns the API's list in the order of the inputs; base64 is decoded, `index` counts over the whole input, `usage` is
 * the sum
 * @throws {BasetenError} `BadRequestError` for the Model API or a wrong input; others told apart by `name`, with the list
 * so far as `embeddings`. An abort rejects with `signal.reason` itself
 */
export async function embed(request: EmbeddingsRequest, options: Options = {}): Promise<Embeddings> {
  assertValid(isObject(request), "request", "an object", request);
  const target = resolveTarget(request.model, options);
  // A copy: if the caller changes the options meanwhile, a later batch must not send the key to another host.
  const callOptions = pickCallOptions(options);
  const { kind, model } = target;
  assertValid(
    kind !== "model-api",
    "model",
    "a deployment, or a baseURL (the Model API has no embeddings)",
    request.model,
  );
  assertNoOptions(request, target);
  const calls = toBatches(request.input).map((batch) => {
    const json = serialize({ ...request, model, input: batch.input });
    const parse = (body: string, createError: CreateError) =>
      parseReply(body, createError, (reply) => readList(reply, batch), "a list with an embedding for each input");
    return () => callEndpoint(target, "/embeddings", callOptions, parse, json);
  });
  const lists: Partial<Embeddings>[] = [];
  let failure: { error: unknown } | undefined;
  async function work(): Promise<void> {
    for (let call = calls.shift(); call && !failure; call = calls.shift()) {
      try {
        lists.push(await call());
      } catch (error) {
        // The first failure is thrown, unless the caller has aborted: then it is the abort.
        if (!failure || callOptions.signal?.aborted) failure = { error };
      }
    }
  }
  await Promise.all(Array.from({ length: MAX_CONCURRENT }, work));
  const list = mergeLists(lists, model);
  if (!failure) return list;
  const { error } = failure;
  if (error instanceof BasetenError) error.embeddings = list;
  throw error;
}
