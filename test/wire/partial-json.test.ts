import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createPartialJSONReader } from "../../src/wire/partial-json.js";

/** Feeds pieces and returns a copy of the draft after each that has changed it, and the last draft. */
function read(pieces: string[]): { drafts: unknown[]; last: unknown } {
  const reader = createPartialJSONReader();
  const drafts: unknown[] = [];
  for (const piece of pieces) if (reader.feed(piece)) drafts.push(structuredClone(reader.draft()));
  if (reader.flush()) drafts.push(structuredClone(reader.draft()));
  return { drafts, last: reader.draft() };
}

/** Tells whether a draft can still become the value: its strings are beginnings, its lists and objects are parts. */
function canBecome(draft: unknown, value: unknown): boolean {
  if (typeof draft === "string") return typeof value === "string" && value.startsWith(draft);
  if (typeof draft !== "object" || draft === null) return Object.is(draft, value);
  if (typeof value !== "object" || value === null || Array.isArray(draft) !== Array.isArray(value)) return false;
  return Object.entries(draft).every(
    ([key, child]) => Object.hasOwn(value, key) && canBecome(child, (value as Record<string, unknown>)[key]),
  );
}

/** Any JSON text: compact or indented, with escapes where JSON.stringify writes none. */
const jsonText = fc
  .tuple(fc.jsonValue({ stringUnit: "binary" }), fc.constantFrom(0, 1), fc.boolean())
  .map(([value, indent, isEscaped]) => {
    const text = JSON.stringify(value, null, indent);
    if (!isEscaped) return text;
    return text.replace(/[^\x20-\x7e\n]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
  });

/** A text in pieces. */
function cut(text: string, positions: number[]): string[] {
  const sorted = [0, ...positions.map((position) => position % (text.length + 1)).sort((a, b) => a - b), text.length];
  return sorted.slice(1).map((end, index) => text.slice(sorted[index], end));
}

describe("a partial JSON reader", () => {
  it("gives for any JSON and any cuts the value of JSON.parse, and no draft that contradicts it", () => {
    fc.assert(
      fc.property(jsonText, fc.array(fc.nat(), { maxLength: 20 }), (text, positions) => {
        const value = JSON.parse(text);
        const { drafts, last } = read(cut(text, positions));
        expect(last).toEqual(value);
        expect(JSON.stringify(last)).toBe(JSON.stringify(value));
        for (const draft of drafts) expect(canBecome(draft, value)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it("gives the same one character at a time", () => {
    fc.assert(
      fc.property(jsonText, (text) => {
        const { drafts, last } = read(text.split(""));
        expect(last).toEqual(JSON.parse(text));
        for (const draft of drafts) expect(canBecome(draft, JSON.parse(text))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it.each<[string, string[], unknown[]]>([
    ["a string as it comes", ['{"a":"He', "llo", '"}'], [{ a: "He" }, { a: "Hello" }]],
    ["an empty string at its quote", ['{"a":"', '"}'], [{ a: "" }]],
    ["a number when it is whole", ['{"a":1', "2", "}"], [{}, { a: 12 }]],
    ["a number in a list", ["[1", "2,3", "]"], [[], [12], [12, 3]]],
    ["a number at the top level at the end", ["1", "2"], [12]],
    [
      "true, false and null at their last letter",
      ["[tru", "e", ",false,nul", "l"],
      [[], [true], [true, false], [true, false, null]],
    ],
    ["an object and a list when they open", ['{"a":{', '"b":[', "]}}"], [{ a: {} }, { a: { b: [] } }]],
    ["no key before its value begins", ['{"a', '"', ":", '"x'], [{}, { a: "x" }]],
    ["an escape when it is whole", ['"a\\', 'n"'], ["a", "a\n"]],
    ["a \\u escape when it is whole", ['"\\u00', 'e9"'], ["", "é"]],
    ["a surrogate pair when it is whole", ['"a\ud83d', '\ude42"'], ["a", "a🙂"]],
    ["an escaped surrogate pair when it is whole", ['"\\ud83d', "\\ude", '42"'], ["", "🙂"]],
    ["a lone surrogate at the end of its string", ['"\\ud83d', '"'], ["", "\ud83d"]],
    ["a lone surrogate before another character", ['"\ud83d', 'a"'], ["", "\ud83da"]],
    ["a lone surrogate before another string", ['["\\ud83d"', ',"a"]'], [["\ud83d"], ["\ud83d", "a"]]],
    ["an escape with capital digits", ['"\\u00E9"'], ["é"]],
    ["nothing for blanks", [" \n", "{ ", "\t", "\r", '"a" ', ":\t1\r\n}"], [{}, { a: 1 }]],
  ])("gives %s", (_, pieces, drafts) => {
    expect(read(pieces).drafts).toEqual(drafts);
  });

  it("keeps a key named __proto__ as a property, and no prototype changes", () => {
    const { last } = read(['{"__proto__":{"a', '":1},"b":{"__proto__":"x', 'y"}}']);
    expect(JSON.stringify(last)).toBe('{"__proto__":{"a":1},"b":{"__proto__":"xy"}}');
    expect(Object.getPrototypeOf(last)).toBe(Object.prototype);
    const property = { value: { a: 1 }, writable: true, enumerable: true, configurable: true };
    expect(Object.getOwnPropertyDescriptor(last, "__proto__")).toEqual(property);
    expect({}).not.toHaveProperty("a");
  });

  it("grows the same object", () => {
    const reader = createPartialJSONReader();
    reader.feed('{"list":[');
    const draft = reader.draft();
    const { list } = draft as { list: unknown[] };
    reader.feed('{"a":1}');
    expect(reader.draft()).toBe(draft);
    expect((draft as { list: unknown[] }).list).toBe(list);
    expect(list).toEqual([{ a: 1 }]);
  });

  it.each([
    '{"a":1]',
    "[1}",
    "{1:2}",
    '{"a" 1}',
    '{"a":}',
    '{"a":1,}',
    "[1 2]",
    "[1,,2]",
    "[,1]",
    "[truex]",
    "[1-]",
    "]",
    "}",
    '{"a":1} {"b":2}',
    "```json",
    '"\\x"',
    '"\\u12x4"',
    "Hello",
  ])("stops at what is not JSON and never throws: %s", (text) => {
    const reader = createPartialJSONReader();
    for (const char of text) reader.feed(char);
    reader.flush();
    const draft = JSON.stringify(reader.draft());
    expect(reader.feed('{"more":[1,"x"]}')).toBe(false);
    expect(JSON.stringify(reader.draft())).toBe(draft);
  });

  it.each<[string, unknown]>([
    ["[1,1-,2]", [1]],
    ["[[1-],2]", [[]]],
    ["[1 2]", [1]],
    ['[1{"a":2}]', [1]],
    ["5 6", 5],
    ['["a\\xb","c"]', ["a"]],
    ['["a\\u12x4b","c"]', ["a"]],
    ['"a","\\ud83d"', "a"],
  ])("shows nothing of what is not JSON, nor of what is behind it: %s", (text, draft) => {
    expect(read(text.split("")).last).toEqual(draft);
  });

  it("never throws and never gets slower with anything else", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: fc.constantFrom(...'{}[]",:\\u01eatrufls-. n') })), (pieces) => {
        expect(() => read(pieces)).not.toThrow();
      }),
      { numRuns: 1_000 },
    );
  });

  it("is linear: a string of a million characters in pieces of one, a million blanks in one piece, 300,000 items, 100,000 levels", () => {
    const reader = createPartialJSONReader();
    reader.feed('{"text":"');
    for (let count = 0; count < 1_000_000; count++) reader.feed("x");
    reader.feed('","digits":');
    for (let count = 0; count < 100_000; count++) reader.feed("1");
    reader.feed(`,${" ".repeat(1_000_000)}"list":[`);
    for (let count = 0; count < 300_000; count++) reader.feed("1,");
    const { text, list } = reader.draft() as { text: string; list: unknown[] };
    expect([text.length, list.length]).toEqual([1_000_000, 300_000]);
    const nested = createPartialJSONReader();
    for (let level = 0; level < 100_000; level++) nested.feed("[");
    for (let level = 0; level < 100_000; level++) nested.feed("]");
    expect(Array.isArray(nested.draft())).toBe(true);
  });
});
