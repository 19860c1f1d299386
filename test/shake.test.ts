import { describe, expect, it } from "vitest";
import { bundle } from "../scripts/bundle.mjs";

/** All of `http` but the iterator, which knows nothing of fetch. */
const transport = /^src\/http\/(?!iterator\.ts$)/;
const decoder = /^src\/wire\/sse\.ts$/;
const routing = /^src\/route\.ts$/;
const calls = /^src\/(completion|stream|collect|text)\.ts$/;

const schemas = /^src\/wire\/(standard-schema|json-schema|partial-json|tool-set)\.ts$/;
const beyond = /^src\/(parse|run-tools|fallback|models|embed|wake|to-readable-stream)\.ts$/;

/** What a page that imports one name, and nothing else, brings with it; and what it must not. */
const imports = [
  { from: "baseten-fetch", name: "BasetenError", brings: ["src/error.ts"], without: [/^src\/(?!error\.ts$)/] },
  { from: "baseten-fetch", name: "route", brings: ["src/route.ts"], without: [transport, decoder, calls] },
  {
    from: "baseten-fetch",
    name: "completion",
    brings: ["src/completion.ts", "src/wire/target.ts", "src/http/fetch-once.ts"],
    without: [decoder, /^src\/(stream|collect|text)\.ts$/],
  },
  {
    from: "baseten-fetch",
    name: "stream",
    brings: ["src/stream.ts", "src/wire/sse.ts", "src/http/fetch-once.ts"],
    without: [/^src\/(completion|collect|text)\.ts$/],
  },
  {
    from: "baseten-fetch",
    name: "collect",
    brings: ["src/collect.ts"],
    without: [transport, decoder, routing, /^src\/(completion|stream|text)\.ts$/],
  },
  {
    from: "baseten-fetch",
    name: "text",
    brings: ["src/text.ts"],
    without: [transport, decoder, routing, /^src\/(completion|stream|collect)\.ts$/],
  },
  {
    from: "baseten-fetch",
    name: "cost",
    brings: ["src/cost.ts"],
    without: [transport, decoder, routing, calls, beyond],
  },
  {
    from: "baseten-fetch",
    name: "toReadableStream",
    brings: ["src/to-readable-stream.ts"],
    without: [transport, decoder, routing, calls],
  },
  {
    from: "baseten-fetch",
    name: "fallback",
    brings: ["src/fallback.ts", "src/http/iterator.ts"],
    without: [transport, decoder, routing, calls, schemas],
  },
  {
    from: "baseten-fetch",
    name: "models",
    brings: ["src/models.ts", "src/http/send.ts"],
    without: [decoder, calls, schemas, /^src\/(embed|wake)\.ts$/],
  },
  {
    from: "baseten-fetch",
    name: "embed",
    brings: ["src/embed.ts", "src/http/send.ts"],
    without: [decoder, calls, schemas, /^src\/(models|wake)\.ts$/],
  },
  {
    from: "baseten-fetch",
    name: "wake",
    brings: ["src/wake.ts", "src/http/send.ts"],
    without: [decoder, calls, schemas, /^src\/(models|embed)\.ts$/],
  },
  {
    from: "baseten-fetch",
    name: "parse",
    brings: ["src/parse.ts", "src/wire/partial-json.ts", "src/wire/standard-schema.ts"],
    without: [/^src\/(completion|text|run-tools|fallback)\.ts$/, /^src\/wire\/tool-set\.ts$/],
  },
  {
    from: "baseten-fetch",
    name: "runTools",
    brings: ["src/run-tools.ts", "src/stream.ts", "src/wire/tool-set.ts"],
    without: [/^src\/(completion|text|parse|fallback)\.ts$/, /^src\/wire\/(partial-json|json-schema)\.ts$/],
  },
  {
    from: "baseten-fetch/relay",
    name: "relay",
    brings: ["src/relay/index.ts", "src/http/fetch-once.ts"],
    without: [/^src\/http\/(send|retry)\.ts$/, decoder, calls, /^src\/emulator\//],
  },
  {
    from: "baseten-fetch/emulator",
    name: "emulator",
    brings: ["src/emulator/index.ts"],
    without: [transport, decoder, calls, /^src\/relay\//],
  },
  {
    from: "baseten-fetch/guard",
    name: "guard",
    brings: ["src/guard/index.ts", "src/wire/chunk-parser.ts", "src/http/clock.ts"],
    without: [
      /^src\/http\/(call|send|retry|fetch-once|iterator)\.ts$/,
      /^src\/wire\/(target|chat-request)\.ts$/,
      calls,
    ],
  },
  {
    from: "baseten-fetch/ai-sdk",
    name: "toUIMessageStreamResponse",
    brings: ["src/ai-sdk/ui-message-stream.ts"],
    without: [transport, decoder, routing, /^src\/(completion|stream|text)\.ts$/, /^src\/(relay|emulator)\//],
  },
  {
    from: "baseten-fetch/ai-sdk",
    name: "chatTransport",
    brings: ["src/ai-sdk/chat-transport.ts", "src/stream.ts"],
    without: [/^src\/(completion|text)\.ts$/, /^src\/(relay|emulator)\//],
  },
];

describe("tree shaking, with sideEffects ignored", () => {
  it.each([
    "baseten-fetch",
    "baseten-fetch/relay",
    "baseten-fetch/emulator",
    "baseten-fetch/guard",
    "baseten-fetch/ai-sdk",
  ])("leaves nothing of %s when nothing is used", async (entry) => {
    const { code } = await bundle(`import ${JSON.stringify(entry)};`);
    expect(code.trim()).toBe("");
  });

  it.each(imports)("brings $name of $from alone", async ({ from, name, brings, without }) => {
    const { sources } = await bundle(`export { ${name} } from ${JSON.stringify(from)};`);
    const files = sources.map((source) => source.slice(source.indexOf("src/")));
    expect(files).toEqual(expect.arrayContaining(brings));
    for (const pattern of without) expect(files.filter((file) => pattern.test(file))).toEqual([]);
  });

  it.each(["BasetenError", "route", "collect", "text"])("brings no call of fetch with %s", async (name) => {
    const { code } = await bundle(`export { ${name} } from "baseten-fetch";`);
    expect(code).not.toMatch(/\bfetch\s*\(/);
  });
});
