import { refuse, refuseField } from "./failure.ts";
import type { Model } from "./models.ts";
import { countTokens, hash, tokensOf } from "./text.ts";

/** Most inputs of a request to Baseten's embedding engine. */
const MAX_INPUTS = 128;
const DIMENSIONS = 256;

type Input = string | number[];

/**
 * The body of the answer to an embeddings request, with a vector of length 1 for each input: near to each other for
 * inputs that share words, the same for the same input.
 * @throws {BasetenError} a refusal, with status 413 for more than 128 inputs
 * @internal
 */
export function embeddingsOf(body: Record<string, unknown>, { id }: Model): object {
  const inputs = inputsOf(body.input);
  const { dimensions = DIMENSIONS, encoding_format = "float", model } = body;
  if (!isSize(dimensions)) refuseField("dimensions", "a whole number from 1 to 4096", dimensions);
  if (encoding_format !== "float" && encoding_format !== "base64") {
    refuseField("encoding_format", "float or base64", encoding_format);
  }
  const data = inputs.map((input, index) => {
    const vector = vectorOf(input, dimensions);
    return { object: "embedding", index, embedding: encoding_format === "base64" ? base64(vector) : [...vector] };
  });
  const tokens = inputs.reduce((sum, input) => sum + sizeOf(input), 0);
  return {
    object: "list",
    data,
    model: typeof model === "string" ? model : id,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  };
}

/** A text, a list of token numbers, or a list of either. */
function inputsOf(input: unknown): Input[] {
  const inputs: unknown[] = Array.isArray(input) && !isTokens(input) ? input : [input];
  if (inputs.length > MAX_INPUTS) refuse(413, `batch size ${inputs.length} > maximum allowed batch size ${MAX_INPUTS}`);
  if (inputs.length === 0 || !inputs.every(isInput)) {
    refuseField("input", "a text, a list of tokens, or a list of these, none of them empty", input);
  }
  return inputs as Input[];
}

function vectorOf(input: Input, dimensions: number): Float32Array {
  const sums = new Float32Array(dimensions);
  const add = (word: string, weight: number) => {
    const at = hash(word);
    sums[at % dimensions] = (sums[at % dimensions] ?? 0) + (at & 0x10000 ? weight : -weight);
  };
  for (const word of wordsOf(input)) add(word.trim().toLowerCase(), 1);
  // A half beside whole numbers: the sums are never all 0.
  add(String(input), 0.5);
  const length = Math.hypot(...sums);
  return sums.map((sum) => sum / length);
}

function wordsOf(input: Input): Iterable<string> {
  return typeof input === "string" ? tokensOf(input) : input.map(String);
}

/** The bytes of the numbers, little-endian, as OpenAI's clients read them. */
function base64(vector: Float32Array): string {
  const view = new DataView(new ArrayBuffer(4 * vector.length));
  for (const [at, number] of vector.entries()) view.setFloat32(4 * at, number, true);
  return btoa(String.fromCharCode(...new Uint8Array(view.buffer)));
}

function sizeOf(input: Input): number {
  return typeof input === "string" ? countTokens(input) : input.length;
}

function isTokens(value: unknown): value is number[] {
  return Array.isArray(value) && value.length > 0 && value.every((token) => Number.isInteger(token) && token >= 0);
}

function isInput(value: unknown): value is Input {
  return (typeof value === "string" && value !== "") || isTokens(value);
}

function isSize(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 4_096;
}
