import { assertValid } from "./error.ts";
import { readText } from "./http/body.ts";
import { startCall } from "./http/call.ts";
import { send } from "./http/send.ts";
import type { Options } from "./types/options.ts";
import { createInvalidResponseError } from "./wire/api-error.ts";
import { resolveTarget } from "./wire/target.ts";

/**
 * Starts the replicas of a dedicated deployment that is scaled to zero, ahead of the first request.
 *
 * ```ts
 * await wake("baseten/abcd1234");
 * ```
 *
 * It resolves when Baseten has accepted the request (202), which is before the model can answer.
 *
 * @param model - an 8-character code, or any name with `options.deployment`
 * @param options - as for `completion`; `deployment` names the environment, the development target or one deployment
 * @throws {BasetenError} `BadRequestError` if the target is not a deployment; others told apart by `name`. An abort
 * rejects with `signal.reason` itself
 */
export async function wake(model: string, options: Options = {}): Promise<void> {
  const target = resolveTarget(model, options);
  const { deploymentURL } = target;
  assertValid(deploymentURL, "model", "a dedicated deployment", model);
  const call = startCall(target, { url: `${deploymentURL}/wake`, method: "POST" }, options);
  try {
    const response = await send(call);
    if (response.status === 202) return;
    throw createInvalidResponseError("expected status 202", await readText(response, call), call.createError);
  } finally {
    // The body is not read.
    call.abort();
  }
}
