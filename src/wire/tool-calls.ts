import { assertValid } from "../error.ts";
import { createCallFinder, type KeyedCall } from "./call-finder.ts";
import { assignPresent, createFields, type Fields, isObject, parseJSON, stringifyJSON } from "./json.ts";

/**
 * In characters. A text this short is parsed again although it was not JSON before: `nu` may become `null`. A longer one
 * whose brackets and quotes are closed, but which is not JSON, can never become JSON.
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
interface PartialToolCall extends KeyedCall {
  kind: "function" | "custom";
  /** The arguments of a function, or the input of a custom tool. */
  text: PiecewiseText;
  /** What else came with the call, and with its `function` or `custom`. */
  fields: Fields;
  calledFields: Fields;
}

function readPiece(piece: unknown): string {
  if (piece == null) return "";
  const text = typeof piece === "string" ? piece : stringifyJSON(piece);
  assertValid(text !== undefined, "chunks", "tool arguments that JSON can hold", piece);
  return text;
}

function finishCall({ id, name = "", kind, text, fields, calledFields }: PartialToolCall): Fields {
  const textField = kind === "custom" ? "input" : "arguments";
  return { id, type: kind, ...fields, [kind]: { name, [textField]: `${text}`, ...calledFields } };
}

function createPartialCall(): PartialToolCall {
  const text = createPiecewiseText();
  const { isWholeJSON } = text;
  return { kind: "function", text, isWholeJSON, fields: createFields(), calledFields: createFields() };
}

/** Puts the tool calls of one message together. */
export interface ToolCallMerger {
  /**
   * Adds an entry of `delta.tool_calls`.
   * @throws {BasetenError} `BadRequestError` if arguments that are an object are nested too deeply to be serialized
   */
  add(delta: Fields): void;
  /** The calls so far as `message.tool_calls` holds them, first one first. */
  finish(): Fields[];
}

/** Creates a {@link ToolCallMerger}. Takes constant time for each delta, and time linear in the arguments. */
export function createToolCallMerger(): ToolCallMerger {
  const calls: PartialToolCall[] = [];
  const findCall = createCallFinder(() => {
    const call = createPartialCall();
    calls.push(call);
    return call;
  });

  return {
    add(delta) {
      const kind = isObject(delta.custom) ? "custom" : "function";
      const { index, id, [kind]: called, ...fields } = delta;
      const { name, arguments: args, input, ...calledFields } = isObject(called) ? called : {};
      const piece = readPiece(args ?? input);
      const call = findCall({ index, id, name }, piece);
      if (kind === "custom") call.kind = kind;
      call.text.add(piece);
      assignPresent(call.fields, fields);
      assignPresent(call.calledFields, calledFields);
    },
    finish: () => calls.map(finishCall),
  };
}
