import { BasetenError, type Route, route } from "baseten-fetch";
import type { Fields, Plan } from "./fields.js";

/** A piece of a URL, with the field it came from; without one it is the same for everybody. */
export interface Part {
  text: string;
  from?: "model" | "environment" | "address";
}

/** A model string as the client reads it. */
export interface Reading {
  route: Route;
  /** The URL in pieces; joined they are the URL. */
  parts: Part[];
  /** The prefix that was taken off, or `""`. */
  prefix: string;
  /** What is left of the model. */
  name: string;
  why: string;
  /** What the relay will make of the same name. */
  next?: Reading;
}

/** What each kind of route is called. */
export const KINDS: Record<Route["kind"], string> = {
  "model-api": "Model API",
  dedicated: "Dedicated deployment",
  proxy: "LiteLLM proxy",
  custom: "Custom address",
};

const DEDICATED = /^(https:\/\/model-)([^.]+)(\.api\.baseten\.co\/(?:environments\/)?)([^/]+)(\/.*)$/;
const APPENDED = "/chat/completions";

function partsOf({ kind, url }: Route): Part[] {
  if (kind === "model-api") return [{ text: url }];
  if (kind === "dedicated") {
    const [, start = "", id = "", middle = "", environment = "", end = ""] = DEDICATED.exec(url) ?? [];
    return [
      { text: start },
      { text: id, from: "model" },
      { text: middle },
      { text: environment, from: "environment" },
      { text: end },
    ];
  }
  const { origin, pathname, search } = new URL(url);
  const base = origin + pathname.slice(0, -APPENDED.length);
  return [
    { text: base, from: "address" },
    { text: APPENDED },
    ...(search ? [{ text: search, from: "address" } as const] : []),
  ];
}

function why({ kind }: Route, name: string, { deployment }: Plan["options"]): string {
  if (kind === "proxy") return "The prefix asks for a LiteLLM proxy. What follows is a name that the proxy knows.";
  if (kind === "custom")
    return "A base URL wins over routing. The prefix is taken off, and the rest travels in the body.";
  if (kind === "dedicated") {
    const where = deployment?.environment
      ? "The environment is the one you gave."
      : "No environment was given: production.";
    return `Eight letters or digits are the code of a dedicated deployment, and become part of the host. ${where}`;
  }
  if (name.includes("/"))
    return "A slash in the name means the Model API. One address serves every model: the name travels in the body.";
  const length = [...name].length;
  return `No code of a deployment: ${length} characters, and a code has eight letters or digits. So it goes to the Model API.`;
}

function read(model: string, options: Plan["options"]): Reading {
  const found = route(model, options);
  const [prefix = ""] = /^(baseten|litellm_proxy)\//.exec(model) ?? [];
  const name = model.slice(prefix.length);
  return { route: found, parts: partsOf(found), prefix, name, why: why(found, name, options) };
}

/**
 * How a call will be routed, and why.
 * @throws {BasetenError} `BadRequestError` with the client's own words, for a model or an address that leads nowhere
 */
export function explain({ request, options }: Plan, { endpoint }: Fields): Reading {
  const reading = read(request.model, options);
  return endpoint === "relay" ? { ...reading, next: read(reading.route.model, {}) } : reading;
}

/** The client's own words on what it refuses; anything else is thrown on. */
export function wordsOf(error: unknown): string {
  if (error instanceof BasetenError) return error.message;
  throw error;
}
