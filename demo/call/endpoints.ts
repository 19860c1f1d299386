import { type EndpointId, type Environment, type Form, isProxied } from "./form.ts";
import { sendsKey } from "./plan.ts";

/** A sentence under a field; `warns` if the call will probably fail. */
export interface Note {
  text: string;
  warns: boolean;
}

const LOCAL_HTTP = /^http:\/\/(localhost|127\.0\.0\.1|\[::1\])([:/]|$)/i;

const RELAY_NOTES: Record<Environment["relay"], Note> = {
  none: { text: "This page has no server. Run npm start to get a relay.", warns: true },
  passing: { text: "This page's server sends your API key on to Baseten.", warns: false },
  keyed: { text: "This page's server calls Baseten with its own API key.", warns: false },
};

function noteOnURL(url: string, origin: string): Note {
  const warn = (text: string): Note => ({ text, warns: true });
  const address = url.trim();
  if (!address) return warn("Enter the URL of a relay, a LiteLLM proxy or another gateway.");
  if (!/^(https?:\/\/|\/)/i.test(address)) return warn("Start the URL with http:// or https://.");
  if (/^https?:\/\/0\.0\.0\.0\b/.test(address)) return warn("Browsers block 0.0.0.0. Use localhost instead.");
  if (origin.startsWith("https:") && /^http:/i.test(address) && !LOCAL_HTTP.test(address))
    return warn("This page came over https, so it can call only https or localhost.");
  return { text: `Your API key is sent there. It must allow ${origin} (CORS).`, warns: false };
}

function noteOnEmulator(model: string): Note {
  const text = isProxied(model)
    ? "Stands in for your LiteLLM proxy. Nothing leaves this page."
    : "Answers inside this page. Nothing is sent over the network.";
  return { text, warns: false };
}

/** What the visitor should know about the endpoint before a request is sent. */
export function noteOnEndpoint({ endpoint, url, model }: Form, { relay, origin }: Environment): Note {
  if (endpoint === "emulator") return noteOnEmulator(model);
  if (endpoint === "relay") return RELAY_NOTES[relay];
  if (endpoint === "custom") return noteOnURL(url, origin);
  return {
    text: "Browsers may block the answer (CORS). A relay avoids this.",
    warns: true,
  };
}

/** The endpoint to select when an API key is typed, which the emulator would ignore. */
export function endpointForKey(endpoint: EndpointId, { relay }: Pick<Environment, "relay">): EndpointId {
  if (endpoint !== "emulator") return endpoint;
  return relay === "none" ? "direct" : "relay";
}

/** What is said under the API key's field, and whether the field can be used. */
export function noteOnKey(form: Form, environment: Environment, hasKey: boolean): { text: string; disabled: boolean } {
  const disabled = environment.relay === "keyed" && (form.endpoint === "relay" || form.endpoint === "emulator");
  if (disabled) return { text: "Not needed: the server has a key", disabled };
  const unused = !sendsKey(form.endpoint, environment) && hasKey;
  return { text: unused ? "Not used by the emulator" : "Kept in this page's memory only.", disabled };
}

/** Whether a call to the endpoint fails without an API key. */
export function needsKey(endpoint: EndpointId, environment: Pick<Environment, "relay">): boolean {
  return endpoint !== "custom" && sendsKey(endpoint, environment);
}
