import { join } from "node:path";
import type { Fetch } from "baseten-fetch";
import { emulator } from "baseten-fetch/emulator";
import { relay } from "baseten-fetch/relay";
import { serve } from "srvx";
import { serveDemo } from "../../../demo/server.js";
import { recordedFetch } from "../../helpers/recorded-fetch.js";

/** An answer that tries everything Markdown and HTML have to offer. */
export const HOSTILE = [
  "# A heading",
  "",
  "Some **bold** text and [a link](https://example.com/), but [not this one](javascript:alert(1)).",
  "",
  '<img src="https://elsewhere.example/pixel.png" onerror="document.title=\'broken\'">',
  "<script>document.title = 'broken'</script>",
  "![a picture](https://elsewhere.example/pixel.png)",
  "",
  "| a | b |",
  "|---|---|",
  "| 1 | 2 |",
  "",
  "```html",
  "<b>code</b>",
  "```",
].join("\n");

/** A stream of a text, a few characters an event, as fast as it is read. */
export function saying(text: string): Fetch {
  const pieces = text.match(/[\s\S]{1,3}/g) ?? [];
  const events = pieces.map(
    (content) => `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content } }] })}\n\n`,
  );
  return async () =>
    new Response(`${events.join("")}data: [DONE]\n\n`, { headers: { "content-type": "text/event-stream" } });
}

/** The demo as `npm start` serves it, before an upstream that is no network, and other servers beside it. */
export async function setStage() {
  let upstream: Fetch = emulator({ tokensPerSecond: 200 });
  const seen = recordedFetch(({ url, init }) => upstream(url, init));
  const demo = await serveDemo({ folder: join(import.meta.dirname, "../../../demo/dist"), port: 0, fetch: seen });
  const elsewhere = { hostname: "127.0.0.1", port: 0, silent: true, gracefulShutdown: false as const };
  const open = serve({ ...elsewhere, fetch: relay({ fetch: seen, origins: [new URL(demo.url).origin] }) });
  const shut = serve({ ...elsewhere, fetch: relay({ fetch: seen }) });
  await Promise.all([open.ready(), shut.ready()]);
  return {
    url: demo.url,
    /** A relay elsewhere that lets the page in, and one that does not. */
    open: `${open.url}v1`,
    shut: `${shut.url}v1`,
    seen,
    answer: (fetch: Fetch) => {
      upstream = fetch;
    },
    close: () => Promise.all([demo.close(), open.close(true), shut.close(true)]),
  };
}
