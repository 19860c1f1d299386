import { BasetenError } from "../error.ts";
import type { Address } from "./address.ts";

/**
 * How a request ends, if not as a stream. A `body` that is text goes out as it is, all else as JSON.
 * @internal
 */
export interface Outcome {
  status: number;
  body: unknown;
  headers?: Record<string, string>;
}

const TITLES: Record<number, string> = {
  400: "Bad Request",
  404: "Not Found",
  405: "Method Not Allowed",
  413: "Payload Too Large",
};

/**
 * Ends a request; {@link failed} makes the answer out of what is thrown.
 * @param param - the field that is wrong; without it the request as a whole is
 * @internal
 */
export function refuse(status: number, message: string, param?: string, code?: string): never {
  throw new BasetenError("BadRequestError", message, { status, param, code });
}

/**
 * Ends a request (400) for the value of one of its fields.
 * @internal
 */
export function refuseField(param: string, expected: string, got: unknown): never {
  const shown = (JSON.stringify(got) ?? "nothing").slice(0, 80);
  refuse(400, `${param}: expected ${expected}, got ${shown}`, param);
}

/**
 * What the request got wrong, in the shape of the place that found it: the gateway's for the request as a whole, for a
 * field that of the Model API, or of the engine behind a dedicated deployment, which gives the status as its code.
 * @internal
 */
export function failed({ status = 400, message, param, code }: BasetenError, address: Address, id: string): Outcome {
  if (param === undefined) return { status, body: gatewayBody(status, message, id) };
  const body = address.deployment
    ? { message, type: "BadRequestError", param, code: status }
    : { message, type: "invalid_request_error", param, code: code ?? "invalid_value" };
  return { status, body: { error: body } };
}

/**
 * The answer to a request without a key (401) or with a wrong one (403), in Baseten's words.
 * @internal
 */
export function badKey(status: 401 | 403): Outcome {
  return { status, body: { error: "please check the api-key you provided" } };
}

/**
 * The answer where no deployment has this id.
 * @internal
 */
export function noDeployment(id: string): Outcome {
  return { status: 404, body: { error: `model ${id} not found`, detail: "check the id and the environment" } };
}

/**
 * The answer where nothing is.
 * @internal
 */
export function noPath(path: string, id: string): Outcome {
  return { status: 404, body: gatewayBody(404, `nothing answers at ${path}`, id) };
}

/**
 * The answer to a method that an address does not take.
 * @param allow - the one that it takes
 * @internal
 */
export function badMethod(method: string, allow: string, id: string): Outcome {
  return { status: 405, body: gatewayBody(405, `${method} is not allowed here, ${allow} is`, id), headers: { allow } };
}

/**
 * The answer of the Messages API, a beta that the emulator knows of and does not speak.
 * @internal
 */
export function noMessages(request_id: string): Outcome {
  const error = { type: "not_found_error", message: "the emulator does not speak the Messages API" };
  return { status: 404, body: { type: "error", request_id, error } };
}

function gatewayBody(code: number, message: string, request_id: string): object {
  return { message, type: TITLES[code], code, request_id };
}
