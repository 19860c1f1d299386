import type { Options } from "../types/options.ts";
import { resolveTarget, type Target } from "../wire/target.ts";

/** The models whose targets are kept: a caller may name any number of them, of any length. */
const MAX_KEPT_TARGETS = 100;
const MAX_KEPT_NAME_CHARS = 200;

/** Returns a function that resolves a model's target, and keeps it: to resolve one costs more than all else of a request. */
export function createTargetResolver(options: Pick<Options, "baseURL" | "deployment">): (model: string) => Target {
  const targets = new Map<string, Target>();
  return (model) => {
    const kept = targets.get(model);
    if (kept) return kept;
    const target = resolveTarget(model, options);
    if (targets.size >= MAX_KEPT_TARGETS) targets.clear();
    if (model.length <= MAX_KEPT_NAME_CHARS) targets.set(model, target);
    return target;
  };
}
