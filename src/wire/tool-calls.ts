import { assertValid } from "../error.ts";
import { assignPresent, createFields, type Fields, isObject, parseJSON, stringifyJSON } from "./json.ts";

/**
 * In characters. A text this short is parsed again although it was no JSON before: `nu` may become `null`. A longer one
 * whose brackets and quotes are closed, but which is no JSON, can never become JSON.
 */
const MAX_REPARSED_CHARS = 32;

/** A text that comes in pieces. */
interface PiecewiseText {
  add(piece: string): void;
  isWholeJSON(): boolean;
  toString(): string;
}

/**
 * Scans each character once, and parses the text only where all brackets and quotes are closed: asking
 * {@link PiecewiseText.isWholeJSON} after each piece stays linear in the text.
 */
function createPiecewiseText(): PiecewiseText {
  let text = "";
  let depth = 0;
  let inString = false;
  let isEscaped = false;
  let isInvalid = false;

  function scan(char: string): void {
    if (isEscaped) isEscaped = false;
    else if (char === '"') inString = !inString;
    else if (inString) isEscaped = char === "\\";
    else if ("{[".includes(char)) depth++;
    else if ("}]".includes(char)) depth--;
  }

  return {
    add(piece) {
      text += piece;
      for (const char of piece) scan(char);
    },
    isWholeJSON() {
      if (isInvalid || inString || depth) return false;
      const isWhole = parseJSON(text) !== undefined;
      isInvalid = !isWhole && text.trim().length > MAX_REPARSED_CHARS;
      return isWhole;
    },
    toString: () => text,
  };
}

/** A tool call that is still being put together. */
export interface PartialToolCall extends Key {
  kind: "function" | "custom";
  /** The arguments of a function, or the input of a custom tool. */
  text: PiecewiseText;
  /** What else came with the call, and with its `function` or `custom`. */
  fields: Fields;
  calledFields: Fields;
}

/** What tells calls apart. Undefined where it is missing, null or empty. */
interface Key {
  index?: unknown;
  id?: unknown;
  name?: unknown;
}

/** Whether a delta with a piece of text begins another call than the one that its index, id or place assigns it to. */
function isNewCall({ index, id, name }: Key, piece: string, call: PartialToolCall): boolean {
  if (!name) return false;
  // Gemini numbers every call 0 and gives it an empty id: more text after whole JSON is the text of another call.
  if (!id) return (index === undefined || piece.trim() !== "") && call.text.isWholeJSON();
  // Baseten's engines give each delta a fresh id, and Ollama numbers every call 0: neither alone is a new call.
  return id !== call.id && ((call.name !== undefined && call.name !== name) || call.text.isWholeJSON());
}

function readText(piece: unknown): string {
  if (piece == null) return "";
  const text = typeof piece === "string" ? piece : stringifyJSON(piece);
  assertValid(text !== undefined, "chunks", "tool arguments that JSON can hold", piece);
  return text;
}

function finishCall({ id, name = "", kind, text, fields, calledFields }: PartialToolCall): Fields {
  const textField = kind === "custom" ? "input" : "arguments";
  return { id, type: kind, ...fields, [kind]: { name, [textField]: `${text}`, ...calledFields } };
}

/** Puts the tool calls of one message together. */
export interface ToolCallMerger {
  /**
   * Adds an entry of `delta.tool_calls`.
   * @returns the call that it belongs to, the same object for all its deltas
   * @throws {BasetenError} `BadRequestError` if arguments that are an object are nested too deeply to be serialized
   */
  add(delta: Fields): PartialToolCall;
  /** The calls so far as `message.tool_calls` holds them, first one first. */
  finish(): Fields[];
}

/**
 * Creates a {@link ToolCallMerger}. A delta belongs to the latest call with its index, else to the latest with its id,
 * else to the latest call. It begins a new one if its index is new and it has a name (Gemini gives two calls one id under
 * two indices), or as {@link isNewCall} says. Takes constant time for each delta, and time linear in the arguments.
 */
export function createToolCallMerger(): ToolCallMerger {
  const calls: PartialToolCall[] = [];
  /** The latest call with each index, a number, and with each id, a string. */
  const latest = new Map<unknown, PartialToolCall>();

  function findCall({ index, id, name }: Key): PartialToolCall | undefined {
    const sameIndex = latest.get(index);
    if (sameIndex || (index !== undefined && name)) return sameIndex;
    return latest.get(id) ?? calls[calls.length - 1];
  }

  /** The first index, id and name of a call are its own. */
  function addKey(key: Key, call: PartialToolCall): void {
    for (const field of ["index", "id", "name"] as const) {
      if (key[field] === undefined || call[field] !== undefined) continue;
      call[field] = key[field];
      if (field !== "name") latest.set(key[field], call);
    }
  }

  return {
    add(delta) {
      const kind = isObject(delta.custom) ? "custom" : "function";
      const { index, id, [kind]: called, ...fields } = delta;
      const { name, arguments: args, input, ...calledFields } = isObject(called) ? called : {};
      const piece = readText(args ?? input);
      const key = { index: index ?? undefined, id: id || undefined, name: name || undefined };
      let call = findCall(key);
      if (!call || isNewCall(key, piece, call)) {
        call = { kind, text: createPiecewiseText(), fields: createFields(), calledFields: createFields() };
        calls.push(call);
      }
      addKey(key, call);
      if (kind === "custom") call.kind = kind;
      call.text.add(piece);
      assignPresent(call.fields, fields);
      assignPresent(call.calledFields, calledFields);
      return call;
    },
    finish: () => calls.map(finishCall),
  };
}
