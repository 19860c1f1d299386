import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const EXCERPT = /from \[(demo\/examples\/[\w-]+\.js)\]\([^)]+\):\n\n```javascript\n([\s\S]*?)```/g;
const excerpts = [...read("docs/browser-and-relay.md").matchAll(EXCERPT)].map(([, file = "", code = ""]) => ({
  file,
  code,
}));

it("docs/browser-and-relay.md shows how to mount the relay in five frameworks", () => {
  expect(excerpts.length).toBe(5);
});

it.each(excerpts)(
  "docs/browser-and-relay.md shows $file as it is, which is run with the real framework",
  ({ file, code }) => {
    expect(read(file)).toContain(code);
  },
);
