import { parseJSON } from "./json.ts";

/** Reads a JSON text that comes in pieces into a draft that grows in place. */
export interface PartialJSONReader {
  /** Takes the next piece. Returns whether the draft has changed. */
  feed(text: string): boolean;
  /** Takes the end of the text, which ends a number at the top level. Returns whether the draft has changed. */
  flush(): boolean;
  /** Returns the draft: always the same object or array, or a value that is neither; `undefined` before the value. */
  draft(): unknown;
}

interface Container {
  value: Record<string, unknown> | unknown[];
  /** Where the next value goes. */
  key: string | number;
}

/** What may come next: the characters that may, and `l` for a literal, which is a number, true, false or null. */
const VALUE = '"{[l';
const FIRST_ITEM = `${VALUE}]`;
const KEY = '"';
const FIRST_KEY = '"}';

const BLANK = /[ \t\n\r]+/y;
const LITERAL = /[-+.\w]+/y;
/** Literals that are known to be whole before the next character comes; a number may go on. */
const WORDS = ["true", "false", "null"];
/** A part of a string that ends with a whole escape, if it ends with one. */
const STRING_PART = /[^"\\]*(?:\\(?:u[\da-f]{4}|[^u])[^"\\]*)*/iy;
/** The length of `\u` and its four digits: a longer text that is still not an escape is invalid. */
const MAX_ESCAPE_CHARS = 6;

function match(pattern: RegExp, text: string, position: number): string {
  pattern.lastIndex = position;
  return pattern.exec(text)?.[0] ?? "";
}

/** Sets an item or a property, also one named `__proto__`, as JSON.parse does. */
function setChild({ value: container, key }: Container, value: unknown): void {
  if (key !== "__proto__") Reflect.set(container, key, value);
  else Object.defineProperty(container, key, { value, writable: true, enumerable: true, configurable: true });
}

/** Creates a reader whose work is linear in the text. It stops at what is not JSON; the draft then stays as it is. */
export function createPartialJSONReader(): PartialJSONReader {
  let draft: unknown;
  let hasChanged = false;
  /** The open objects and arrays, innermost last. */
  const containers: Container[] = [];
  let expected = VALUE;
  let isInvalid = false;
  /** A number, true, false or null, as far as it has come. */
  let literal = "";
  /** The open string, as far as it has come. */
  let string: string | undefined;
  let isKey = false;
  /** The first half of a surrogate pair, which is not a character by itself. */
  let heldBack = "";
  /** The beginning of an escape. */
  let rest = "";

  const isInArray = (): boolean => Array.isArray(containers.at(-1)?.value);

  function put(value: unknown): void {
    const parent = containers.at(-1);
    if (parent) setChild(parent, value);
    else draft = value;
    hasChanged = true;
  }

  function endValue(): void {
    const parent = containers.at(-1);
    if (typeof parent?.key === "number") parent.key++;
    expected = isInArray() ? ",]" : ",}";
    if (!parent) expected = "";
  }

  function endLiteral(): void {
    const value = parseJSON(literal);
    literal = "";
    isInvalid = value === undefined;
    if (isInvalid) return;
    put(value);
    endValue();
  }

  /** Reads a part of the open string. Returns how many characters. */
  function readString(text: string, position: number): number {
    const part = match(STRING_PART, text, position);
    const end = position + part.length;
    append(parseJSON(`"${part}"`));
    if (text[end] === '"') {
      endString();
      return part.length + 1;
    }
    rest = text.slice(end);
    isInvalid ||= rest.length >= MAX_ESCAPE_CHARS;
    return text.length - position;
  }

  function append(part: unknown): void {
    isInvalid = typeof part !== "string";
    const text = heldBack + part;
    heldBack = /[\ud800-\udbff]/.test(text.at(-1) ?? "") ? text.slice(-1) : "";
    const whole = heldBack ? text.slice(0, -1) : text;
    string += whole;
    if (!isKey && !isInvalid && whole) put(string);
  }

  function endString(): void {
    const value = string + heldBack;
    const parent = containers.at(-1);
    if (isKey && parent) {
      parent.key = value;
      expected = ":";
    } else {
      if (heldBack) put(value);
      endValue();
    }
    string = undefined;
    heldBack = "";
  }

  function readPunctuation(char: string): void {
    isInvalid = !expected.includes(char);
    if (isInvalid) return;
    if (char === '"') openString();
    else if (char === "{" || char === "[") open(char === "[");
    else if (char === ":") expected = VALUE;
    else if (char === ",") expected = isInArray() ? VALUE : KEY;
    else close();
  }

  function close(): void {
    containers.pop();
    endValue();
  }

  function openString(): void {
    string = "";
    isKey = !expected.includes("l");
    if (!isKey) put("");
  }

  function open(isArray: boolean): void {
    const value = isArray ? [] : {};
    put(value);
    containers.push({ value, key: isArray ? 0 : "" });
    expected = isArray ? FIRST_ITEM : FIRST_KEY;
  }

  /** Reads what is outside of strings. Returns how many characters. */
  function readToken(text: string, position: number): number {
    const part = match(LITERAL, text, position);
    if (part) {
      isInvalid = !expected.includes("l");
      literal += part;
      if (WORDS.includes(literal)) endLiteral();
      return part.length;
    }
    if (literal) endLiteral();
    const blank = match(BLANK, text, position);
    if (!blank && !isInvalid) readPunctuation(text[position] ?? "");
    return blank.length || 1;
  }

  return {
    feed(piece) {
      const text = rest + piece;
      rest = "";
      hasChanged = false;
      for (let position = 0; position < text.length && !isInvalid; ) {
        position += string === undefined ? readToken(text, position) : readString(text, position);
      }
      return hasChanged;
    },
    flush() {
      hasChanged = false;
      if (literal && !isInvalid) endLiteral();
      return hasChanged;
    },
    draft: () => draft,
  };
}
