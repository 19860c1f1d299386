import type { Address } from "./address.ts";

/**
 * What is wrong with the key of a request: 401 if there is none, 403 if it is none of these. `Bearer` and `Api-Key`
 * are taken alike. Without `apiKeys` nothing is ever wrong.
 * @internal
 */
export function keyProblem(headers: Headers, apiKeys: readonly string[] | undefined): 401 | 403 | undefined {
  if (!apiKeys) return;
  const [, key] = /^(?:bearer|api-key)\s+(.*)$/i.exec(headers.get("authorization") ?? "") ?? [];
  if (!key) return 401;
  return apiKeys.includes(key) ? undefined : 403;
}

/**
 * The cold starts of an emulator's deployments. The function it gives says how many ms are left of a deployment's, and
 * begins it if that is the first it hears of it. The Model API is never cold.
 * @param coldStart - ms from the first request, or the wake, to the first answer
 * @internal
 */
export function coldStarts(coldStart: number): (deployment: Address["deployment"]) => number {
  const readyAt = new Map<string, number>();
  return (deployment) => {
    if (!deployment) return 0;
    const name = `${deployment.id}/${deployment.target}`;
    const now = performance.now();
    const ready = readyAt.get(name) ?? now + coldStart;
    readyAt.set(name, ready);
    return Math.max(0, ready - now);
  };
}
