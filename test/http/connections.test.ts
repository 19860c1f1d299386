import { setImmediate as turn } from "node:timers/promises";
import { afterEach, describe, expect, it, vi } from "vitest";
import { collect, stream } from "../../src/index.js";
import { DONE, event, HELLO, REQUEST, says, stops } from "../helpers/chat.js";
import { end, events, raw, type Script, serve, stall, type TestServer } from "../helpers/server.js";

const STREAMS = 100;

const head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
const body = HELLO + event(stops());
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
  const scripts: [string, Script][] = [
    ["all comes in one packet", [raw(head + chunked(body + DONE) + last)]],
    ["[DONE] and the end share a packet", [raw(head + chunked(body)), turn, raw(chunked(DONE) + last)]],
    ["the end has a packet of its own", [events(), body + DONE, turn, end]],
    ["[DONE] is cut in two", [events(), `${body}data: [DO`, turn, raw(chunked("NE]\n\n") + last)]],
    ["there is no [DONE]", [events(), body, turn, end]],
    ["more follows [DONE]", [events(), body + DONE + event(says(" there")), turn, end]],
  ];

  it.each(scripts)("where %s", async (_, script) => {
    // The wait for the end never runs out here, however busy the machine is.
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    server = await serve(script);
    await read(STREAMS);
    vi.useRealTimers();
    expect(server.requests.length).toBe(STREAMS);
    expect(server.connections).toBe(1);
  });
});

it("a connection is given up where no end follows [DONE]", async () => {
  server = await serve([events(), body + DONE, stall]);
  await read(3);
  // More than three, since Node opens one in advance for each that it has lost.
  expect(server.connections).toBeGreaterThanOrEqual(3);
});
