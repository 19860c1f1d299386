import { BasetenError } from "../error.ts";
import type { Address } from "./address.ts";

/** A response that is not a stream. A string `body` is sent as it is, everything else as JSON. */
export interface ResponseData {
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
 * Rejects a request: {@link createErrorResponse} makes the response of what this throws.
 * @param param - the field of the request that is wrong; without it, the request as a whole is wrong
 * @throws {BasetenError} always
 */
export function rejectRequest(status: number, message: string, param?: string, code?: string): never {
  throw new BasetenError("BadRequestError", message, { status, param, code });
}

/**
 * Rejects a request with 400 because of the value of one of its fields.
 * @throws {BasetenError} always
 */
export function rejectField(param: string, expected: string, got: unknown): never {
  const shown = (JSON.stringify(got) ?? "nothing").slice(0, 80);
  rejectRequest(400, `${param}: expected ${expected}, got ${shown}`, param);
}

/**
 * The response to a rejected request. Its shape depends on what rejects it: the gateway rejects the request as a whole,
 * the Model API a field, and so does the engine of a dedicated deployment, whose `code` is the status.
 */
export function createErrorResponse(error: BasetenError, address: Address, requestId: string): ResponseData {
  const { status = 400, message, param, code } = error;
  if (param === undefined) return { status, body: createGatewayError(status, message, requestId) };
  const body = address.deployment
    ? { message, type: "BadRequestError", param, code: status }
    : { message, type: "invalid_request_error", param, code: code ?? "invalid_value" };
  return { status, body: { error: body } };
}

/** The response to a request without a key (401) or with a wrong one (403). The text is Baseten's. */
export function createKeyErrorResponse(status: 401 | 403): ResponseData {
  return { status, body: { error: "please check the api-key you provided" } };
}

export function createDeploymentNotFoundResponse(modelId: string): ResponseData {
  return { status: 404, body: { error: `model ${modelId} not found`, detail: "check the id and the environment" } };
}

export function createPathNotFoundResponse(path: string, requestId: string): ResponseData {
  return { status: 404, body: createGatewayError(404, `no endpoint at ${path}`, requestId) };
}

/** @param allowed - the method that the endpoint takes */
export function createMethodNotAllowedResponse(method: string, allowed: string, requestId: string): ResponseData {
  const body = createGatewayError(405, `${method} is not allowed here, use ${allowed}`, requestId);
  return { status: 405, body, headers: { allow: allowed } };
}

/** The response of the Messages API, which the emulator does not implement, in the shape of that API's errors. */
export function createMessagesNotFoundResponse(requestId: string): ResponseData {
  const error = { type: "not_found_error", message: "the emulator does not implement the Messages API" };
  return { status: 404, body: { type: "error", request_id: requestId, error } };
}

function createGatewayError(code: number, message: string, request_id: string): object {
  return { message, type: TITLES[code], code, request_id };
}
