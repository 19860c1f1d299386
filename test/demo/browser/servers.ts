import { join } from "node:path";
import type { Fetch } from "baseten-fetch";
import { emulator } from "baseten-fetch/emulator";
import { relay } from "baseten-fetch/relay";
import { serve } from "srvx";
import { serveDemo } from "../../../demo/server.js";
import { recordedFetch } from "../../helpers/recorded-fetch.js";

/** An answer with everything that Markdown and HTML have to offer. */
export const HOSTILE_ANSWER = [
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

/** A fetch that answers with a stream of a text, three characters an event, as fast as it is read. */
export function answerWith(text: string): Fetch {
  const events = (text.match(/[\s\S]{1,3}/g) ?? []).map(
    (content) => `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content } }] })}\n\n`,
  );
  const init = { headers: { "content-type": "text/event-stream" } };
  return async () => new Response(`${events.join("")}data: [DONE]\n\n`, init);
}

/** The demo as `npm start` serves it, with an upstream inside this process, and two relays on other origins. */
export async function startServers() {
  let answer: Fetch = emulator({ tokensPerSecond: 200 });
  const upstream = recordedFetch(({ url, init }) => answer(url, init));
  const demo = await serveDemo({ folder: join(import.meta.dirname, "../../../demo/dist"), port: 0, fetch: upstream });
  const options = { hostname: "127.0.0.1", port: 0, silent: true, gracefulShutdown: false as const };
  const allowing = serve({ ...options, fetch: relay({ fetch: upstream, origins: [new URL(demo.url).origin] }) });
  const blocking = serve({ ...options, fetch: relay({ fetch: upstream }) });
  await Promise.all([allowing.ready(), blocking.ready()]);
  return {
    url: demo.url,
    /** The base URL of a relay that allows the page's origin, and of one that does not. */
    allowingRelay: `${allowing.url}v1`,
    blockingRelay: `${blocking.url}v1`,
    upstream,
    setAnswer: (fetch: Fetch) => {
      answer = fetch;
    },
    close: () => Promise.all([demo.close(), allowing.close(true), blocking.close(true)]),
  };
}
