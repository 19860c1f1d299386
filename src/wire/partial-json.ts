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

interface StringReader {
  /** Reads on from a position. Returns how many characters belong to the string. */
  read(text: string, position: number): number;
  /** Returns the string as far as it has come. */
  value(): string;
  state(): "open" | "closed" | "invalid";
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
/** Literals that are whole without a look at what follows. */
const WORDS = ["true", "false", "null"];
/** A part of a string without escapes. */
const PLAIN = /[^"\\]+/y;

function match(pattern: RegExp, text: string, position: number): string {
  pattern.lastIndex = position;
  return pattern.exec(text)?.[0] ?? "";
}

/** Sets an item or a property, also one named `__proto__`, as JSON.parse does. */
function setChild({ value: container, key }: Container, value: unknown): void {
  if (key !== "__proto__") Reflect.set(container, key, value);
  else Object.defineProperty(container, key, { value, writable: true, enumerable: true, configurable: true });
}

/** Creates a reader for one string, from behind its opening quote on. */
function createStringReader(): StringReader {
  let value = "";
  let state: "open" | "closed" | "invalid" = "open";
  /** An incomplete escape, from its backslash on. */
  let escapeText = "";
  /** The first half of a surrogate pair, which is no character by itself. */
  let heldBack = "";

  function append(text: string): void {
    const whole = heldBack + text;
    heldBack = /[\ud800-\udbff]/.test(whole.at(-1) ?? "") ? whole.slice(-1) : "";
    value += heldBack ? whole.slice(0, -1) : whole;
  }

  /** Reads the closing quote, or a character of an escape. */
  function readSpecial(char: string): void {
    if (char === '"' && !escapeText) {
      value += heldBack;
      state = "closed";
    } else readEscape(char);
  }

  function readEscape(char: string): void {
    escapeText += char;
    if (escapeText.length < (escapeText[1] === "u" ? 6 : 2)) return;
    const parsed = parseJSON(`"${escapeText}"`);
    escapeText = "";
    if (typeof parsed === "string") append(parsed);
    else state = "invalid";
  }

  return {
    read(text, position) {
      let end = position;
      while (end < text.length && state === "open") {
        const plain = escapeText ? "" : match(PLAIN, text, end);
        if (plain) append(plain);
        else readSpecial(text[end] ?? "");
        end += plain.length || 1;
      }
      return end - position;
    },
    value: () => value,
    state: () => state,
  };
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
  /** The open string. */
  let string: StringReader | undefined;
  let isKey = false;

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

  function readString(reader: StringReader, text: string, position: number): number {
    const before = reader.value().length;
    const length = reader.read(text, position);
    const value = reader.value();
    if (!isKey && value.length > before) put(value);
    isInvalid = reader.state() === "invalid";
    if (reader.state() === "closed") endString(value);
    return length;
  }

  function endString(value: string): void {
    string = undefined;
    const parent = containers.at(-1);
    if (isKey && parent) {
      parent.key = value;
      expected = ":";
    } else endValue();
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
    string = createStringReader();
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
    feed(text) {
      hasChanged = false;
      for (let position = 0; position < text.length && !isInvalid; ) {
        position += string ? readString(string, text, position) : readToken(text, position);
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
