import type { EndpointId, Fields } from "./fields.js";

/** What stands beside this page: nothing, or a relay with or without a key of its own. */
export type RelayState = "none" | "passing" | "keyed";

/** What the page was served with. */
export interface Surroundings {
  relay: RelayState;
  /** The base URL of that relay. */
  relayURL: string;
  /** Where this page is from. */
  origin: string;
  /** How fast the emulator speaks. */
  tokensPerSecond: number;
}

/** What is to be known of an endpoint before it is called. */
export interface Note {
  /** `caution` if a browser will probably refuse. */
  tone: "plain" | "caution";
  text: string;
  /** Whether the lines of a relay help. */
  relay?: true;
}

const PLAIN_HTTP = /^http:\/\/(?!localhost[:/]|127\.0\.0\.1[:/]|\[::1\])/;

const WHOLE = /^(https?:\/\/|\/|$)/i;

function noteOnURL(url: string, origin: string): Note {
  if (!WHOLE.test(url.trim())) {
    return { tone: "caution", text: "Write it whole, with http:// or https:// in front." };
  }
  if (/^https?:\/\/0\.0\.0\.0\b/.test(url)) {
    return { tone: "caution", text: "Browsers block 0.0.0.0 for pages. Write localhost instead." };
  }
  if (origin.startsWith("https:") && PLAIN_HTTP.test(`${url}/`)) {
    return { tone: "caution", text: "This page came over https, and may call only https or localhost." };
  }
  return {
    tone: "plain",
    text: `A relay, a LiteLLM proxy or another gateway. It must allow this page's origin, ${origin} (CORS). Your key goes there.`,
  };
}

const RELAYS: Record<RelayState, string> = {
  none: "There is no relay beside this page: it came from a static host. Run npm start to have one.",
  passing: "The server of this page passes your own key on to Baseten, and adds what the browser asks for.",
  keyed: "The server of this page holds a key and talks to Baseten with it. You need none.",
};

/** What the visitor should know before sending. */
export function noteOn({ endpoint, url }: Pick<Fields, "endpoint" | "url">, { relay, origin }: Surroundings): Note {
  if (endpoint === "emulator") {
    return {
      tone: "plain",
      text: "No key, no network: nothing leaves this page.",
    };
  }
  if (endpoint === "relay") return { tone: relay === "none" ? "caution" : "plain", text: RELAYS[relay] };
  if (endpoint === "url") return noteOnURL(url, origin);
  const text =
    "Browsers need CORS headers. Baseten’s dedicated hosts send none and its Model API promises none, so the answer will most likely be refused. A relay is the way round it:";
  return { tone: "caution", text, relay: true };
}

/** Whether a call to this endpoint is not worth making without a key. */
export function needsKey(endpoint: EndpointId, { relay }: Surroundings): boolean {
  return endpoint === "direct" || (endpoint === "relay" && relay === "passing");
}
