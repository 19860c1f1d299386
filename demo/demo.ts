import type { RelayState, Surroundings } from "./call/endpoints.js";
import { prices } from "./call/prices.js";
import type { Published } from "./call/snippets.js";
import { start } from "./page.js";

/** Written in by the build. */
declare const PUBLISHED: Published;

/** What the page was served with: the server beside it says so on the root element, a static host says nothing. */
const surroundings: Surroundings = {
  relay: (document.documentElement.dataset.relay ?? "none") as RelayState,
  relayURL: new URL("v1", location.href).href,
  origin: location.origin,
  // Quick enough to wait for, slow enough to see.
  tokensPerSecond: 40,
};

start({ surroundings, published: PUBLISHED, prices: await prices() });
