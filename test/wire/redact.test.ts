import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createKeyRedactor } from "../../src/wire/redact.js";

const KEY = "key-1234";

/** The ways in which JSON may write a character. */
function spellingsOf(char: string): string[] {
  const code = `\\u00${char.charCodeAt(0).toString(16)}`;
  const short = char === "/" ? "\\/" : JSON.stringify(char).slice(1, -1);
  return [short, code, code.toUpperCase().replace("\\U", "\\u")];
}

/** The characters of a key that JSON, regular expressions and replacement texts treat specially, and others. */
const keys = fc.stringMatching(/^[-\\"/.$&nu0a]{8,20}$/);

/** A key, and a JSON string that holds it between other texts, each of its characters escaped in any way. */
const escapedKeys = fc
  .tuple(keys, fc.array(fc.nat(2), { minLength: 20, maxLength: 20 }), fc.string(), fc.string())
  .map(([key, choices, before, after]) => {
    const spelled = Array.from(key, (char, position) => spellingsOf(char)[choices[position] ?? 0]).join("");
    const inner = (text: string) => JSON.stringify(text).slice(1, -1);
    return { key, spelled, json: `"${inner(before)}${spelled}${inner(after)}"` };
  });

describe("the redactor", () => {
  it.each(["\\U0041", "\\u0041", "\\", '\\"'])("leaves %s in a text without the key as it is", (text) => {
    expect(createKeyRedactor(KEY)(`a ${text} z`)).toBe(`a ${text} z`);
  });

  it("removes a key whose characters are escaped in any way that JSON allows, and leaves JSON", () => {
    fc.assert(
      fc.property(escapedKeys, ({ key, json }) => {
        expect(JSON.parse(createKeyRedactor(key)(json)).includes(key)).toBe(false);
      }),
      { numRuns: 1_000 },
    );
  });

  it("removes a plain key from text that is not JSON", () => {
    fc.assert(
      fc.property(keys, fc.string(), fc.string(), (key, before, after) => {
        expect(createKeyRedactor(key)(before + key + after).includes(key)).toBe(false);
      }),
      { numRuns: 1_000 },
    );
  });

  it("leaves no more than 3 characters of a key that the end of the text cuts off, even inside an escape", () => {
    fc.assert(
      fc.property(escapedKeys, fc.double({ min: 0, max: 1, noNaN: true }), ({ key, spelled }, place) => {
        const cut = spelled.slice(0, Math.floor(spelled.length * place));
        const shown = createKeyRedactor(key)(`invalid key: ${cut}`).slice("invalid key: ".length);
        // Without the escape that the cut has left incomplete: a pair of backslashes is complete.
        const whole = shown.replace(/(?<=(?<!\\)(\\\\)*)\\(u[\da-f]{0,3})?$/i, "");
        // The end of an escape may be taken for the key's first character.
        const isRedacted = /^(\\(u[\da-f]{0,3})?)?\*\*\*$/i.test(whole);
        expect(isRedacted || JSON.parse(`"${whole}"`).length < 4, shown).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  it.each([
    "",
    "nothing of it",
    `ends with ${KEY.slice(0, 3)}`,
    '{"error":"caf\\u00e9 \\u003c\\/p\\u003e \\\\ \\" \\n"}',
    "C:\\u0041\\/",
    "ends inside an escape \\u00",
    "ends with a backslash \\",
  ])("leaves text without the key as it came: %j", (text) => {
    expect(createKeyRedactor(KEY)(text)).toBe(text);
  });

  // A pattern with a group for each character of the key took minutes for the first, and longer than that for the others.
  it.each([
    ["repeat one character", `${"A".repeat(2_000)}B`, "A".repeat(65_536)],
    ["are backslashes", "\\".repeat(60), `${"\\".repeat(59)}x`],
    ["are backslashes between letters", "x\\".repeat(60), `${"x\\\\".repeat(59)}y`],
    ["are backslashes and slashes", "\\/".repeat(60), `${"\\\\\\/".repeat(59)}y`],
  ])("takes no time that grows faster than the text, where both %s", (_, key, text) => {
    expect(createKeyRedactor(key)(text)).not.toContain(key);
  });
});
