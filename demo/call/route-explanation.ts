import { type Route, route } from "baseten-fetch";
import type { Form } from "./form.ts";
import type { Plan } from "./plan.ts";

/** A part of a URL, with the field that it comes from, if it comes from one. */
export interface URLPart {
  text: string;
  source?: "model" | "environment" | "url";
}

/** Where a model string leads, and why. */
export interface RouteExplanation {
  kind: string;
  url: string;
  /** The URL in parts; joined they are the URL. */
  parts: URLPart[];
  /** The body's `model`. */
  model: string;
  reason: string;
}

const KINDS: Record<Route["kind"], string> = {
  "model-api": "Model API",
  dedicated: "Dedicated",
  proxy: "LiteLLM proxy",
  custom: "Custom URL",
};

const DEDICATED_URL = /^(https:\/\/model-)([^.]+)(\.api\.baseten\.co\/(?:environments\/)?)([^/]+)(\/.*)$/;
const CHAT_PATH = "/chat/completions";

function splitURL({ kind, url }: Route): URLPart[] {
  if (kind === "model-api") return [{ text: url }];
  if (kind === "dedicated") {
    const [, start = "", id = "", middle = "", environment = "", end = ""] = DEDICATED_URL.exec(url) ?? [];
    const code: URLPart = { text: id, source: "model" };
    return [{ text: start }, code, { text: middle }, { text: environment, source: "environment" }, { text: end }];
  }
  const { origin, pathname, search } = new URL(url);
  const base: URLPart = { text: origin + pathname.slice(0, -CHAT_PATH.length), source: "url" };
  return [base, { text: CHAT_PATH }, { text: search, source: "url" }];
}

function explainKind({ kind, model }: Route): string {
  if (kind === "proxy")
    return "The prefix litellm_proxy/ means a LiteLLM proxy. The rest is the proxy's name for the model.";
  if (kind === "custom") return "A base URL overrides routing. The prefix baseten/ is removed.";
  if (kind === "dedicated")
    return "8 letters or digits are the code of a dedicated deployment. It becomes part of the host.";
  if (model.includes("/")) return "A name with a slash is a slug of the Model API. One URL serves every model.";
  return `A code has 8 letters or digits, and this has ${[...model].length} characters. So it goes to the Model API.`;
}

function explainRelay(model: string): Pick<RouteExplanation, "kind" | "reason"> {
  const next = route(model);
  const { host } = new URL(next.url);
  return { kind: `Relay, then ${KINDS[next.kind]}`, reason: `The relay routes by the same rules and calls ${host}.` };
}

/**
 * Explains how a call is routed.
 * @throws {BasetenError} `BadRequestError` of the client, for a model or a URL that it refuses
 */
export function explainRoute({ request, options }: Plan, { endpoint }: Pick<Form, "endpoint">): RouteExplanation {
  const found = route(request.model, options);
  const { kind, url, model } = found;
  const parts = splitURL(found).filter(({ text }) => text);
  const explanation = { kind: KINDS[kind], url, parts, model, reason: explainKind(found) };
  return endpoint === "relay" && kind === "custom" ? { ...explanation, ...explainRelay(model) } : explanation;
}
