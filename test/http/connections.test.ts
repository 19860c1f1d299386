import { setImmediate as turn } from "node:timers/promises";
import { afterEach, describe, expect, it, vi } from "vitest";
import { collect, stream } from "../../src/index.js";
import { endBody, type ResponseScript, rawBytes, sseHead, stall } from "../helpers/http-response.js";
import { REQUEST } from "../helpers/requests.js";
import { startServer, type TestServer } from "../helpers/server.js";
import { contentChunk, DONE_EVENT, finishChunk, HELLO_EVENTS, sseEvent } from "../helpers/wire-chunks.js";

const STREAMS = 100;

const head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
const body = HELLO_EVENTS + sseEvent(finishChunk());
const chunked = (text: string) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
const last = "0\r\n\r\n";

let server: TestServer;
afterEach(() => server.close());

/** Reads so many streams, one after the other. Node's fetch frees a connection in the turn after its answer has ended. */
async function read(count: number): Promise<void> {
  for (let streams = 0; streams < count; streams++) {
    const { choices } = await collect(stream(REQUEST, { baseURL: server.origin, apiKey: "a-key" }));
    expect(choices[0]?.message.content).toBe("Hello");
    await turn();
  }
}

describe("one connection serves streams that follow each other", () => {
  const scripts: [string, ResponseScript][] = [
    ["all comes in one packet", [rawBytes(head + chunked(body + DONE_EVENT) + last)]],
    ["[DONE] and the end share a packet", [rawBytes(head + chunked(body)), turn, rawBytes(chunked(DONE_EVENT) + last)]],
    ["the end has a packet of its own", [sseHead(), body + DONE_EVENT, turn, endBody]],
    ["[DONE] is cut in two", [sseHead(), `${body}data: [DO`, turn, rawBytes(chunked("NE]\n\n") + last)]],
    ["there is no [DONE]", [sseHead(), body, turn, endBody]],
    ["more follows [DONE]", [sseHead(), body + DONE_EVENT + sseEvent(contentChunk(" there")), turn, endBody]],
  ];

  it.each(scripts)("where %s", async (_, script) => {
    // The wait for the end never runs out here, however busy the machine is.
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    server = await startServer(script);
    await read(STREAMS);
    vi.useRealTimers();
    expect(server.requests.length).toBe(STREAMS);
    expect(server.openedConnections).toBe(1);
  });
});

it("a connection is given up where no end follows [DONE]", async () => {
  server = await startServer([sseHead(), body + DONE_EVENT, stall]);
  await read(3);
  // More than three, since Node opens one in advance for each that it has lost.
  expect(server.openedConnections).toBeGreaterThanOrEqual(3);
});
