import { needsKey, type Surroundings } from "../call/endpoints.js";
import type { FaultId } from "../call/faults.js";
import type { EndpointId, Fields } from "../call/fields.js";
import { byId } from "./dom.js";

/** The fields as elements of the page. */
export interface Ask {
  model: HTMLInputElement;
  environment: HTMLInputElement;
  endpoint: HTMLSelectElement;
  url: HTMLInputElement;
  key: HTMLInputElement;
  message: HTMLTextAreaElement;
  fault: HTMLSelectElement;
  tool: HTMLInputElement;
}

/** Finds the fields in the page. */
export function findAsk(): Ask {
  return {
    model: byId("model", HTMLInputElement),
    environment: byId("environment", HTMLInputElement),
    endpoint: byId("endpoint", HTMLSelectElement),
    url: byId("url", HTMLInputElement),
    key: byId("key", HTMLInputElement),
    message: byId("message", HTMLTextAreaElement),
    fault: byId("fault", HTMLSelectElement),
    tool: byId("tool", HTMLInputElement),
  };
}

/** What the fields hold now. The key stays where it is, and is asked for when a request leaves. */
export function readAsk({ model, environment, endpoint, url, message, fault, tool }: Ask): Fields {
  return {
    model: model.value,
    environment: environment.value,
    endpoint: endpoint.value as EndpointId,
    url: url.value,
    message: message.value,
    fault: fault.value as FaultId,
    tool: tool.checked,
  };
}

function problem(field: HTMLElement, words: string): boolean {
  const place = byId(`${field.id}-problem`, HTMLElement);
  place.textContent = words;
  place.hidden = !words;
  if (words) field.setAttribute("aria-invalid", "true");
  else field.removeAttribute("aria-invalid");
  return words !== "";
}

/** Takes back what was said about the fields. */
export function clearProblems({ message, key }: Ask): void {
  problem(message, "");
  problem(key, "");
}

/**
 * Looks for what is missing before anything is sent, says so beside the field, and goes there.
 * What the client itself refuses is left to it: its words are better shown than guessed.
 */
export function isMissing(ask: Ask, surroundings: Surroundings): boolean {
  const { message, key } = ask;
  const { endpoint } = readAsk(ask);
  const silent = problem(message, message.value.trim() ? "" : "Write a message first: an empty one has no answer.");
  const keyless = needsKey(endpoint, surroundings) && !key.value.trim();
  const locked = problem(
    key,
    keyless ? "Baseten asks for a key: paste yours, or take the emulator, which needs none." : "",
  );
  if (silent) message.focus();
  else if (locked) key.focus();
  return silent || locked;
}
