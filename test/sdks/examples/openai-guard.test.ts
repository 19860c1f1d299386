/** The example with the guard, in a process of its own. */

import { type EmulatorOptions, emulator } from "baseten-fetch/emulator";
import { describe, expect, it } from "vitest";
import { runExample, serveHandler } from "./run-example.js";

describe("openai-guard.js", () => {
  async function run(options: EmulatorOptions) {
    const origin = await serveHandler(emulator(options));
    const variables = { BASETEN_API_KEY: "key-0123456789", BASETEN_BASE_URL: `${origin}/v1` };
    return runExample("openai-guard.js", variables, "Why is the sky blue?");
  }

  it("prints the answer as it streams", async () => {
    const reply: EmulatorOptions["reply"] = ({ messages }) => `You asked: ${messages[0]?.content}`;
    expect(await run({ reply })).toEqual({ stdout: "You asked: Why is the sky blue?", stderr: "", exitCode: 0 });
  });

  it("tells of an answer that is cut off, after what came of it", async () => {
    const { stdout, stderr, exitCode } = await run({
      reply: () => "One two three four five six",
      faults: ["truncate"],
    });
    expect(stdout).toMatch(/^One/);
    expect(stderr).toMatch(/^\s*StreamTruncatedError: /);
    expect(exitCode).toBe(1);
  });

  it("tells of a request that is refused", async () => {
    const { stderr, exitCode } = await run({ apiKeys: ["another key"] });
    expect(stderr).toMatch(/Error: 40[13]/);
    expect(exitCode).toBe(1);
  });
});
