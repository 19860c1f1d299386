import type { BasetenErrorFields } from "../error.ts";
import { isObject } from "./json.ts";

/** What a server says of an error. */
export interface ErrorBody extends Pick<BasetenErrorFields, "code" | "type" | "param" | "requestId"> {
  serverMessage?: string | undefined;
}

function firstString(...candidates: unknown[]): string | undefined {
  return candidates.find((value): value is string => typeof value === "string" && value !== "");
}

/** Reads an error's body in any of the shapes that Baseten, its engines and a LiteLLM proxy send. */
export function parseErrorBody(body: unknown): ErrorBody {
  if (!isObject(body)) return { serverMessage: firstString(body) };
  const inner = isObject(body.error) ? body.error : body;
  const code = inner.code ?? body.error_code;
  return {
    serverMessage: firstString(inner.message, body.error, body.message, inner.detail, body.detail),
    code: typeof code === "number" ? code : firstString(code),
    type: firstString(inner.type),
    param: firstString(inner.param),
    requestId: firstString(body.request_id),
  };
}

/**
 * Tells whether a body whose status is 200 reports an error: `error` as a non-empty string or an object, or the flat
 * shape, a string `message` and no `choices`. `"error": null` is not an error.
 */
export function isErrorBody({ error, message, choices }: Record<string, unknown>): boolean {
  const isFlat = choices == null && typeof message === "string";
  return isFlat || (typeof error === "string" ? error !== "" : isObject(error));
}
