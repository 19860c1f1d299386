/** The examples that reach other endpoints than chat completions, each in a process of its own, through a relay. */

import { relay } from "baseten-fetch/relay";
import { describe, expect, it } from "vitest";
import { runExample, serveHandler } from "./run-example.js";
import { createUpstream } from "./upstream.js";

const SERVER_KEY = "server-key-0123456789";
const TOKEN = "token-of-the-caller";

/** A relay with a key of its own, for callers who show the token. */
async function serveRelay() {
  const { handler, requests } = createUpstream();
  const upstream = await serveHandler(handler);
  const authorize = ({ headers }: Request) => headers.get("authorization") === `Bearer ${TOKEN}`;
  const origin = await serveHandler(relay({ apiKey: SERVER_KEY, authorize, baseURL: `${upstream}/v1` }));
  return { origin, requests };
}

describe("openai-agents.js", () => {
  it("runs an agent with a tool through the relay's /responses", async () => {
    const { origin, requests } = await serveRelay();
    const result = await runExample(
      "openai-agents.js",
      { RELAY_URL: `${origin}/v1`, RELAY_TOKEN: TOKEN },
      "What time is it?",
    );
    expect(result).toMatchObject({ stdout: expect.stringMatching(/^It is ".*\d:\d\d.*"\.\n$/), exitCode: 0 });
    expect(requests.map(({ path }) => path)).toEqual(["/v1/responses", "/v1/responses"]);
    expect(requests[0]?.headers.get("authorization")).toBe(`Bearer ${SERVER_KEY}`);
    expect(requests[0]?.body).toMatchObject({ model: "openai/gpt-oss-120b", instructions: "Be brief." });
  });
});

describe("anthropic.js", () => {
  it("streams an answer through the relay's /messages", async () => {
    const { origin, requests } = await serveRelay();
    const result = await runExample("anthropic.js", { RELAY_URL: origin, RELAY_TOKEN: TOKEN }, "Hello");
    expect(result).toEqual({ stdout: "Hello there\n(end_turn)\n", stderr: "", exitCode: 0 });
    const [request] = requests;
    expect(request?.path).toBe("/v1/messages");
    expect(request?.headers.get("authorization")).toBe(`Bearer ${SERVER_KEY}`);
    expect(request?.headers.get("anthropic-version")).toMatch(/^\d{4}-/);
    expect(request?.body).toMatchObject({ model: "openai/gpt-oss-120b", max_tokens: 1_000, stream: true });
  });

  it("tells of a caller who may not use the relay", async () => {
    const { origin, requests } = await serveRelay();
    const { stderr, exitCode } = await runExample("anthropic.js", { RELAY_URL: origin, RELAY_TOKEN: "guessed" });
    expect(stderr).toContain("403");
    expect(exitCode).toBe(1);
    expect(requests).toEqual([]);
  });
});
