import { describe, expect, it } from "vitest";
import { completion, stream } from "../../src/index.js";
import { hello, REQUEST } from "../helpers/chat.js";
import { head, serve } from "../helpers/server.js";
import { anchors } from "./anchors.js";
import { defaults, expectError, STREAMED, table } from "./run.js";

table("the server", STREAMED, anchors);

describe("a redirect to another origin", () => {
  it.each([301, 302, 303, 307, 308])("%i: neither key nor prompt is sent on", async (status) => {
    const thief = await serve(hello);
    const server = await serve([head(status, { location: `${thief.origin}/v1`, "content-length": "0" })]);
    try {
      for (const call of [completion(REQUEST, defaults(server)), stream(REQUEST, defaults(server)).next()]) {
        const error = await call.catch((caught: unknown) => caught);
        expectError(error, { name: "InvalidResponseError", attempts: 1, fields: { status } }, 1);
      }
      expect(thief.connections).toBe(0);
    } finally {
      await server.close();
      await thief.close();
    }
  });
});
