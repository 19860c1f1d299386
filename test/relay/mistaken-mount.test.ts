import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { relay } from "../../src/relay/index.js";
import { createRequest, expectError, recordUpstream } from "./relay-setup.js";

/** What Node's server, and Express with it, calls a handler with. */
function nodeRequest(): IncomingMessage {
  const request = new IncomingMessage(new Socket());
  return Object.assign(request, { url: "/v1/chat/completions", method: "POST" });
}

describe("called with anything but a web Request, the handler rejects and names an adapter:", () => {
  it.each<[name: string, request: unknown]>([
    ["Node's request", nodeRequest()],
    ["Express's request", Object.assign(nodeRequest(), { get: () => undefined, body: {} })],
    ["Fastify's request", { url: "/v1/chat/completions", method: "POST", headers: {}, raw: nodeRequest() }],
    ["Hono's context", { req: { raw: createRequest() } }],
    ["a Response", new Response()],
    ["a URL", "http://relay.test/v1/models"],
    ["nothing", undefined],
  ])("%s", async (_, request) => {
    await expect(relay()(request as Request)).rejects.toMatchObject({
      name: "BadRequestError",
      message: expect.stringMatching(/^request: expected a web Request .*toNodeHandler of srvx\/node.*c\.req\.raw/),
    });
  });
});

it("an adapter's own Request class is a web Request", async () => {
  const { fetch } = recordUpstream();
  const { url, method, headers, signal } = createRequest({ path: "/", method: "GET" });
  await expectError(await relay({ fetch })({ url, method, headers, signal } as Request), 404);
});

it("an adapter's own Request class needs no signal", async () => {
  const { fetch } = recordUpstream();
  const { url, method, headers } = createRequest({ path: "/models", method: "GET" });
  expect((await relay({ fetch })({ url, method, headers } as Request)).status).toBe(200);
});
