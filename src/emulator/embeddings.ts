import { rejectField, rejectRequest } from "./error-response.ts";
import type { ResolvedModel } from "./models.ts";
import { countTokens, hashText, tokenize } from "./tokens.ts";

/** The most inputs of one request to Baseten's embedding engine. */
const MAX_INPUTS = 128;
const DEFAULT_DIMENSIONS = 256;
const MAX_DIMENSIONS = 4_096;

/** A text, or the numbers of its tokens. */
type TextOrTokens = string | number[];

/**
 * The body of the response to an embeddings request: for each input a vector of length 1. Inputs that share words have
 * vectors near to each other, equal inputs the same vector.
 * @throws {BasetenError} a rejection: 413 for more than 128 inputs, 400 for a wrong field
 */
export function createEmbeddings(body: Record<string, unknown>, { id }: ResolvedModel): object {
  const inputs = readInputs(body.input);
  const { dimensions = DEFAULT_DIMENSIONS, encoding_format = "float", model } = body;
  if (!isDimensions(dimensions)) rejectField("dimensions", `a whole number from 1 to ${MAX_DIMENSIONS}`, dimensions);
  if (encoding_format !== "float" && encoding_format !== "base64") {
    rejectField("encoding_format", "float or base64", encoding_format);
  }
  const data = inputs.map((input, index) => {
    const vector = createVector(input, dimensions);
    return { object: "embedding", index, embedding: encoding_format === "base64" ? toBase64(vector) : [...vector] };
  });
  const tokens = inputs.reduce((sum, input) => sum + countInputTokens(input), 0);
  return {
    object: "list",
    data,
    model: typeof model === "string" ? model : id,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  };
}

/** The inputs of a request: a text, a list of token numbers, or a list of either. */
function readInputs(input: unknown): TextOrTokens[] {
  const inputs: unknown[] = Array.isArray(input) && !isTokenList(input) ? input : [input];
  if (inputs.length > MAX_INPUTS) {
    rejectRequest(413, `batch size ${inputs.length} > maximum allowed batch size ${MAX_INPUTS}`);
  }
  if (inputs.length === 0 || !inputs.every(isTextOrTokens)) {
    rejectField("input", "a text, a list of tokens, or a list of these, none of them empty", input);
  }
  return inputs;
}

function createVector(input: TextOrTokens, dimensions: number): Float32Array {
  const sums = new Float32Array(dimensions);
  const add = (word: string, weight: number) => {
    const hash = hashText(word);
    const position = hash % dimensions;
    sums[position] = (sums[position] ?? 0) + (hash & 0x10000 ? weight : -weight);
  };
  for (const word of listInputWords(input)) add(word.trim().toLowerCase(), 1);
  // The other weights are whole numbers: half of one keeps the sums from all being 0.
  add(String(input), 0.5);
  const length = Math.hypot(...sums);
  return sums.map((sum) => sum / length);
}

function listInputWords(input: TextOrTokens): Iterable<string> {
  return typeof input === "string" ? tokenize(input) : input.map(String);
}

/** The bytes of the numbers, little-endian, as OpenAI's clients read them. */
function toBase64(vector: Float32Array): string {
  const view = new DataView(new ArrayBuffer(4 * vector.length));
  for (const [index, number] of vector.entries()) view.setFloat32(4 * index, number, true);
  return btoa(String.fromCharCode(...new Uint8Array(view.buffer)));
}

function countInputTokens(input: TextOrTokens): number {
  return typeof input === "string" ? countTokens(input) : input.length;
}

function isTokenList(value: unknown): value is number[] {
  return Array.isArray(value) && value.length > 0 && value.every((token) => Number.isInteger(token) && token >= 0);
}

function isTextOrTokens(value: unknown): value is TextOrTokens {
  return (typeof value === "string" && value !== "") || isTokenList(value);
}

function isDimensions(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= MAX_DIMENSIONS;
}
