import { type EndpointId, type Environment, type Form, isDedicated } from "./form.ts";
import { sendsKey } from "./plan.ts";
import { findScenario } from "./scenarios.ts";

/** A sentence under a field: a warning if the call will probably not do what is expected, a problem if it cannot be made. */
export interface Note {
  text: string;
  tone?: "warning" | "problem";
}

const LOCAL_HTTP = /^http:\/\/(localhost|127\.0\.0\.1|\[::1\])([:/]|$)/i;

const RELAY_NOTES: Record<Environment["relay"], Note> = {
  none: { text: "This page has no server. Run npm start to get a relay.", tone: "warning" },
  passing: { text: "This page's server sends your API key on to Baseten." },
  keyed: { text: "This page's server calls Baseten with its own API key." },
};

function warn(text: string): Note {
  return { text, tone: "warning" };
}

function noteOnURL(url: string, origin: string): Note {
  const address = url.trim();
  if (!address) return warn("Enter the URL of a relay, a LiteLLM proxy or another gateway.");
  if (!/^(https?:\/\/|\/)/i.test(address)) return warn("Start the URL with http:// or https://.");
  if (/^https?:\/\/0\.0\.0\.0\b/.test(address)) return warn("Browsers block 0.0.0.0. Use localhost instead.");
  if (origin.startsWith("https:") && /^http:/i.test(address) && !LOCAL_HTTP.test(address))
    return warn("This page came over https, so it can call only https or localhost.");
  return { text: `Your API key is sent there. It must allow ${origin} (CORS).` };
}

/** What the visitor should know about the endpoint before a request is sent. */
export function noteOnEndpoint({ endpoint, url }: Form, { relay, origin }: Environment): Note {
  if (endpoint === "relay") return RELAY_NOTES[relay];
  if (endpoint === "custom") return noteOnURL(url, origin);
  if (endpoint === "direct") return warn("Browsers may block the answer (CORS). A relay avoids this.");
  return { text: "Answers inside this page, in place of the URL under Route. No request leaves the page." };
}

/** The endpoint to select when an API key is typed, which the emulator would ignore. */
export function chooseEndpointForKey(endpoint: EndpointId, { relay }: Pick<Environment, "relay">): EndpointId {
  if (endpoint !== "emulator") return endpoint;
  return relay === "none" ? "direct" : "relay";
}

/** What is said under the API key's field, and whether the field can be used. */
export function noteOnKey({ endpoint }: Form, environment: Environment, hasKey: boolean): Note & { disabled: boolean } {
  const disabled = environment.relay === "keyed" && (endpoint === "relay" || endpoint === "emulator");
  if (disabled) return { text: "Not needed: the server has a key", disabled };
  const isUnused = hasKey && !sendsKey(endpoint, environment);
  return { text: isUnused ? "Not used by the emulator" : "Kept in this page's memory only.", disabled };
}

/** What the server does in the scenario, or why it does not. */
export function noteOnScenario({ endpoint, scenario, model }: Form): Note {
  if (endpoint !== "emulator") return { text: "Only the emulator has scenarios. Select it under Endpoint." };
  const { server, needsDeployment } = findScenario(scenario);
  if (!needsDeployment || isDedicated(model)) return { text: server };
  return warn("Only dedicated deployments have cold starts. Select Dedicated under Model to see one.");
}

/** Whether a call to the endpoint fails without an API key. */
export function needsKey(endpoint: EndpointId, environment: Pick<Environment, "relay">): boolean {
  return endpoint !== "custom" && sendsKey(endpoint, environment);
}
