import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readBlock } from "../scripts/marked-block.mjs";
import { formatNumbers } from "../scripts/numbers.mjs";
import { completion } from "../src/index.js";
import { catchBasetenError } from "./helpers/catch-error.js";
import { REQUEST } from "./helpers/requests.js";

const page = new URL("../README.md", import.meta.url);
const text = readFileSync(page, "utf8");

describe("README.md", () => {
  it("can be read in five minutes: it has at most 250 lines", () => {
    expect(text.trimEnd().split("\n").length).toBeLessThanOrEqual(250);
  });

  it("has recipes of at most ten lines", () => {
    const recipes = text.slice(text.indexOf("## Recipes"), text.indexOf("## API"));
    const blocks = [...recipes.matchAll(/^```ts\n([\s\S]*?)\n```$/gm)].map(([, code = ""]) => code.split("\n").length);
    expect(blocks.length).toBeGreaterThan(9);
    expect(Math.max(...blocks)).toBeLessThanOrEqual(10);
  });

  it("begins with numbers that are those of the tables (npm run numbers)", () => {
    expect(readBlock(page, "numbers")).toBe(formatNumbers());
  });
});

describe("docs/errors-and-retries.md", () => {
  const refused: [fields: object, options: object][] = [
    [{}, { baseUrl: "/v1" }],
    [{ signal: new AbortController().signal }, {}],
    [{ extra_body: {} }, {}],
    [{}, { timeout: 0 }],
  ];

  it.each(refused)("quotes the message of what is refused before sending (%#)", async (fields, options) => {
    const { message } = await catchBasetenError(() => completion({ ...REQUEST, ...fields }, options));
    expect(readFileSync(new URL("../docs/errors-and-retries.md", import.meta.url), "utf8")).toContain(`\`${message}\``);
  });
});
