import type { PublishedScript } from "./call/code-samples.ts";
import type { Comparison } from "./call/comparison.ts";
import type { RelayState } from "./call/form.ts";
import { startPlayground } from "./playground.ts";
import { byId, el } from "./view/dom.ts";

/** Replaced by the build with values. */
declare const PUBLISHED: PublishedScript;
declare const COMPARISON: Comparison;
declare const REPOSITORY: string;

const RELAY_STATES: readonly RelayState[] = ["passing", "keyed"];

/** Fast enough to wait for, slow enough to see. */
const TOKENS_PER_SECOND = 60;

if (REPOSITORY) byId("links").append(el("a", { href: REPOSITORY, target: "_blank", rel: "noopener" }, "GitHub"));

startPlayground({
  environment: {
    // The server that is part of the demo writes it into the page; a static host does not.
    relay: RELAY_STATES.find((state) => state === document.documentElement.dataset.relay) ?? "none",
    relayURL: new URL("v1", location.href).href,
    origin: location.origin,
    tokensPerSecond: TOKENS_PER_SECOND,
  },
  published: PUBLISHED,
  comparison: COMPARISON,
});
