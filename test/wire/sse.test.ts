import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { stream } from "../../src/index.js";
import { createSSEParser, MAX_EVENT_CHARS, type ServerSentEvent } from "../../src/wire/sse.js";
import { createTextDecoder } from "../../src/wire/utf8.js";
import { catchBasetenError } from "../helpers/catch-error.js";
import { recordedFetch, sseResponse } from "../helpers/recorded-fetch.js";
import { MODEL_SLUG, messages, singleAttempt } from "../helpers/requests.js";
import { contentChunk, sseEvent } from "../helpers/wire-chunks.js";

interface Vector {
  rule: string;
  name: string;
  input: string;
  hex?: string;
  cuts?: number[];
  expect: { data: string; event: string }[];
}

const vectors: Vector[] = JSON.parse(readFileSync(new URL("../vectors/sse.json", import.meta.url), "utf8"));
const overflow = new Error("the event is too large");

/** Parses these texts. Returns the events, and the one that the end of the stream cut off. */
function parseEvents(texts: Iterable<string>): { events: ServerSentEvent[]; cutEvent: ServerSentEvent | undefined } {
  const events: ServerSentEvent[] = [];
  const parser = createSSEParser(
    (data, type) => events.push({ type, data }),
    () => {
      throw overflow;
    },
  );
  for (const text of texts) parser.feed(text);
  return { events, cutEvent: parser.flush() };
}

const decodeTexts = (texts: Iterable<string>) => parseEvents(texts).events.map(({ data }) => data);

function* texts(bytes: Uint8Array, cuts: readonly number[]): Generator<string> {
  const decodeBytes = createTextDecoder();
  let from = 0;
  for (const to of [...cuts, bytes.length]) {
    yield decodeBytes(bytes.subarray(from, to));
    from = to;
  }
  yield decodeBytes();
}

const decode = (bytes: Uint8Array, cuts: readonly number[] = []) => decodeTexts(texts(bytes, cuts));
const parse = (bytes: Uint8Array, cuts: readonly number[] = []) => parseEvents(texts(bytes, cuts)).events;
const range = (length: number) => Array.from({ length }, (_, at) => at);
const bytesOf = ({ hex, input }: Vector) => (hex ? Buffer.from(hex, "hex") : Buffer.from(input, "utf8"));

describe("the vectors", () => {
  it("are 76", () => {
    expect(vectors.length).toBe(76);
  });

  it.each(vectors.map((vector) => [vector.rule, vector.name, vector] as const))("%s: %s", (_, _name, vector) => {
    const bytes = bytesOf(vector);
    // An event without a name has the type "message" in the standard, and "" here.
    const expected = vector.expect.map(({ data, event }) => ({ type: event === "message" ? "" : event, data }));
    expect(parse(bytes)).toEqual(expected);
    expect(parse(bytes, range(bytes.length))).toEqual(expected);
    expect(parse(bytes, vector.cuts)).toEqual(expected);
    for (const cut of range(bytes.length + 1)) expect(parse(bytes, [cut])).toEqual(expected);
  });
});

/** The standard's rules in their simplest form: all lines at once. */
function reference(text: string): string[] {
  const lines = text.split(/\r\n|\r|\n/).slice(0, -1);
  const found: string[] = [];
  let data: string[] = [];
  for (const line of lines) {
    const [, name, value] = /^([^:]*):? ?(.*)$/su.exec(line) ?? [];
    if (line === "") {
      if (data.length > 0) found.push(data.join("\n"));
      data = [];
    } else if (name === "data") data.push(value ?? "");
  }
  return found;
}

describe("any stream, cut anywhere,", () => {
  const token = fc.constantFrom(
    "data",
    "data:",
    "data: ",
    ":",
    " ",
    "\n",
    "\n\n",
    "\r",
    "\r\n",
    "x",
    "{}",
    "id: 1",
    "é",
    "🙂",
    "\0",
    "\u2028",
    "\t",
    "Data: ",
    "\ufeff",
  );
  const input = fc.array(token, { maxLength: 60 }).map((tokens) => tokens.join(""));

  it("is read as the standard says", () => {
    const cuts = fc.array(fc.nat({ max: 200 }), { maxLength: 12 });
    fc.assert(
      fc.property(input, cuts, (text, cuts) => {
        const bytes = Buffer.from(text, "utf8");
        const sorted = [...new Set(cuts.filter((cut) => cut <= bytes.length))].sort((a, b) => a - b);
        const expected = reference(new TextDecoder().decode(bytes));
        expect(decode(bytes, sorted)).toEqual(expected);
        expect(decode(bytes)).toEqual(expected);
      }),
      { numRuns: 3_000 },
    );
  });
});

describe("a read that gives no text", () => {
  it.each(vectors.map((vector) => [vector.rule, vector.name, vector] as const))(
    "changes nothing: %s: %s",
    (_, _name, vector) => {
      const whole = [...texts(bytesOf(vector), [])].join("");
      for (const cut of range(whole.length + 1)) {
        expect(decodeTexts([whole.slice(0, cut), "", whole.slice(cut)])).toEqual(vector.expect.map(({ data }) => data));
      }
    },
  );
});

describe("the event that the end of the stream cut off", () => {
  it.each<[string, string | undefined]>([
    ["", undefined],
    ["data: a\n\n", undefined],
    ["data: a\n\n: comment", undefined],
    ["data: a\n\nid: 1\n", undefined],
    ["data: a", "a"],
    ["data: a\n", "a"],
    ["data: a\r", "a"],
    ["data: a\r\n", "a"],
    ["data: a\n\ndata: b", "b"],
    ["data: a\ndata: b", "a\nb"],
    ["data: a\nda", "a"],
    ["data", ""],
    ["data:", ""],
  ])("in %j is %j, and is not dispatched", (text, left) => {
    for (const cut of range(text.length + 1)) {
      const { events, cutEvent } = parseEvents([text.slice(0, cut), text.slice(cut)]);
      expect(events.map(({ data }) => data)).toEqual(text.startsWith("data: a\n\n") ? ["a"] : []);
      expect(cutEvent?.data).toBe(left);
    }
  });
});

/** Counts the characters that string functions search while `act` runs. */
function countSearchedChars(act: () => void): number {
  let characters = 0;
  const { indexOf } = String.prototype;
  vi.spyOn(String.prototype, "indexOf").mockImplementation(function (this: string, search, from = 0) {
    const found = indexOf.call(this, search, from);
    characters += (found < 0 ? this.length : found + 1) - from;
    return found;
  });
  for (const name of [
    "lastIndexOf",
    "includes",
    "split",
    "search",
    "match",
    "matchAll",
    "replace",
    "replaceAll",
  ] as const) {
    const original = String.prototype[name] as (...given: unknown[]) => never;
    vi.spyOn(String.prototype, name).mockImplementation(function (this: string, ...given: unknown[]) {
      characters += this.length;
      return original.apply(this, given);
    });
  }
  act();
  vi.restoreAllMocks();
  return characters;
}

function* pieces(text: string, size: number): Generator<string> {
  for (let at = 0; at < text.length; at += size) yield text.slice(at, at + size);
}

describe("the parser is linear in its input", () => {
  const json = JSON.stringify(contentChunk("word ".repeat(8)));
  const events = `data: ${json}\n\n`.repeat(500);
  const inputs: [string, string][] = [
    ["events with LF", events],
    ["events with CR", events.replaceAll("\n", "\r")],
    ["events with CRLF", events.replaceAll("\n", "\r\n")],
    ["one long line", `data: ${"x".repeat(50_000)}\n\n`],
    ["one event of many lines", `${"data: x\n".repeat(8_000)}\n`],
    ["comments", `${": ping\n\n".repeat(6_000)}data: x\n\n`],
    ["blank lines", `${"\n".repeat(50_000)}data: x\n\n`],
    ["CR alone", `${"\r".repeat(50_000)}data: x\r\r`],
  ];
  const sizes = [1, 7, 1_000, 65_536, Number.MAX_SAFE_INTEGER];

  it.each(inputs.flatMap(([name, text]) => sizes.map((size) => [name, size, text] as const)))(
    "in %s, %i characters a read",
    (_, size, text) => {
      let found: string[] = [];
      const read = [...pieces(text, size)];
      const characters = countSearchedChars(() => {
        found = decodeTexts(read);
      });
      expect(found).toEqual(reference(text));
      expect(characters).toBeGreaterThanOrEqual(text.length);
      // Searched for a CR, rewritten if there is one, and searched for LF and, in other lines than whole events, for a colon.
      expect(characters).toBeLessThanOrEqual((text.includes("\r") ? 4 : 3) * text.length + 2 * read.length);
    },
  );
});

describe("an event may hold 16 MiB", () => {
  const MIB = 2 ** 20;
  const mib = "x".repeat(MIB);
  const line = `data: ${"x".repeat(1_017)}\n`;

  function* repeated(text: string, times: number, before = "", after = ""): Generator<string> {
    yield before;
    for (let time = 0; time < times; time++) yield text;
    yield after;
  }

  it("and the number says so", () => {
    expect(MAX_EVENT_CHARS).toBe(16 * MIB);
  });

  it.each<[string, () => Iterable<string>]>([
    ["in one line", () => repeated(mib, 15, "data: ", "\n\n")],
    ["in many lines", () => repeated(line, 15 * 1_024, "", "\n")],
    ["in one read", () => [`data: ${mib.repeat(15)}\n\n`]],
  ])("%s: 15 MiB pass, also one such event after another", (_, event) => {
    expect(decodeTexts([...event(), ...event()]).map(({ length }) => length > 14.5 * MIB)).toEqual([true, true]);
  });

  it.each<[string, () => Iterable<string>]>([
    ["in one line that does not end", () => repeated(mib, 17, "data: ")],
    ["in many lines", () => repeated(line, 17 * 1_024)],
    ["in one read", () => [`data: ${mib.repeat(17)}\n\n`]],
    ["in a comment that does not end", () => repeated(mib, 17, ": ")],
    ["in two lines", () => repeated(mib, 9, `data: ${mib.repeat(8)}\ndata: `)],
  ])("%s: 17 MiB end with an error", (_, event) => {
    expect(() => decodeTexts(event())).toThrow(overflow);
  });

  it("of comments and other fields any number may come, since none is held", () => {
    const noise = `: ${"x".repeat(1_000)}\nid: ${"x".repeat(1_000)}\n`;
    expect(decodeTexts(repeated(noise, 17 * 512, "data: x\n", "\n"))).toEqual(["x"]);
  });

  it("of a stream an InvalidResponseError says so, after the chunks before it", async () => {
    const fetch = recordedFetch(sseResponse(repeated(mib, 17, `${sseEvent(contentChunk("Hello"))}data: `)));
    const chunks = stream({ model: MODEL_SLUG, messages }, singleAttempt(fetch));
    expect((await chunks.next()).value).toMatchObject({ choices: [{ delta: { content: "Hello" } }] });
    const error = await catchBasetenError(() => chunks.next());
    expect(error).toMatchObject({ name: "InvalidResponseError", status: 200 });
    expect(error.message).toMatch(/^200 from inference\.baseten\.co: .*16 Mi characters/);
  });
});
