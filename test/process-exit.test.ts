/** Whether Node's process ends: each case is a program of its own, which imports the built package. */

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

/** Streams from a body of three events that never ends. A program that fails to end exceeds the test's time limit. */
const PRELUDE = `
  import { collect, completion, stream, text } from ${JSON.stringify(new URL("../dist/index.js", import.meta.url).href)};
  const event = 'data: {"choices":[{"index":0,"delta":{"content":"a"}}]}\\n\\n';
  const never = () => new Promise(() => {});
  const pieces = (...events) => {
    const bytes = events.map((text) => new TextEncoder().encode(text));
    const pull = (controller) => (bytes.length > 0 ? controller.enqueue(bytes.shift()) : never());
    return new ReadableStream({ pull }, { highWaterMark: 0 });
  };
  const request = { model: "baseten/openai/gpt-oss-120b", messages: [] };
  const longest = { response: 3_600_000, idle: 3_600_000, total: 3_600_000 };
  const open = (timeout, ...events) =>
    stream(request, { apiKey: "key-of-the-test", timeout, fetch: async () => new Response(pieces(...events)) });
  const print = (error) => console.log(error.name, error.message);
`;

/** Runs a program to its end and returns what it printed; an unhandled rejection fails it. */
async function run(program: string): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", PRELUDE + program]);
  return stdout.trim();
}

describe("a process ends", () => {
  it.each([
    ["a stream was dropped after its first chunk", "await open(longest, event).next();"],
    [
      "a stream was dropped with chunks of a read not yet taken",
      "const chunks = open(longest, event + event); await chunks.next();",
    ],
    [
      "a stream was dropped with a chunk of a read not yet taken, behind which the read was invalid",
      'const chunks = open(longest, event + event + "data: no JSON\\n\\n"); await chunks.next();',
    ],
    ["the text of a stream was dropped", "await text(open(longest, event)).next();"],
    ["a loop over a stream was left", "for await (const chunk of open(longest, event)) break;"],
    ["a stream was never started", "open(longest, event);"],
    [
      "a stream was aborted, and nothing reads it",
      `const caller = new AbortController();
       const fetch = async () => new Response(pieces(event));
       await stream(request, { apiKey: "key-of-the-test", signal: caller.signal, timeout: longest, fetch }).next();
       caller.abort();`,
    ],
    [
      "return() came while fetch was pending, which rejects afterwards",
      `let reject;
       const fetch = () => new Promise((_, given) => { reject = given; });
       const chunks = stream(request, { apiKey: "key-of-the-test", timeout: longest, fetch });
       chunks.next();
       await new Promise(setImmediate);
       await chunks.return();
       reject(new Error("late"));`,
    ],
  ])("although its limits are not over, after %s", async (_, program) => {
    expect(await run(program)).toBe("");
  });
});

describe("a process stays until", () => {
  it.each([
    [
      "timeout.idle ends a pending read",
      "collect(open({ idle: 200 }, event)).catch(print);",
      "TimeoutError 200 from inference.baseten.co: no data for 200 ms (timeout.idle)",
    ],
    [
      "timeout.idle ends a read that begins after a pause",
      "const chunks = open({ idle: 200 }, event); await chunks.next(); chunks.next().catch(print);",
      "TimeoutError 200 from inference.baseten.co: no data for 200 ms (timeout.idle)",
    ],
    [
      "timeout.total ends a pending read",
      "collect(open(200, event)).catch(print);",
      "TimeoutError 200 from inference.baseten.co: not complete within 200 ms (timeout.total)",
    ],
    [
      "timeout.response ends the wait for headers",
      'completion(request, { apiKey: "key-of-the-test", timeout: { response: 200 }, fetch: never }).catch(print);',
      "TimeoutError inference.baseten.co: no response within 200 ms (timeout.response)",
    ],
    [
      "the wait before a retry is over",
      `const fetch = async () => new Response("no", { status: 503, headers: { "retry-after-ms": "200" } });
       completion(request, { apiKey: "key-of-the-test", maxRetries: 1, fetch }).catch(print);`,
      "InternalServerError 503 from inference.baseten.co: no",
    ],
    [
      "a stream whose body stays open after [DONE] has ended",
      'collect(open(longest, event, "data: [DONE]\\n\\n")).then(() => console.log("complete"));',
      "complete",
    ],
  ])("%s", async (_, program, printed) => {
    expect(await run(program)).toBe(printed);
  });
});
