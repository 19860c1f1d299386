import { models, type Options, type Pricing, route } from "baseten-fetch";
import type { Plan } from "./plan.ts";

/** The model lists that were read, by base URL: each endpoint's is read once, at the first Send. */
const lists = new Map<string, ReturnType<typeof models>>();

/** The price of the plan's model, as the endpoint lists it; `undefined` if it does not. Never rejects. */
export async function loadPricing(plan: Plan, options: Options): Promise<Pricing | undefined> {
  try {
    const { kind, url, model } = route(plan.request.model, plan.options);
    // A dedicated deployment is billed by the minute.
    if (kind === "dedicated") return undefined;
    const id = `${plan.emulator ? "emulator" : ""} ${url}`;
    const list = lists.get(id) ?? models({ ...options, timeout: 10_000, maxRetries: 0 });
    lists.set(id, list);
    list.catch(() => lists.delete(id));
    return (await list).find((listed) => listed.id === model)?.pricing;
  } catch {
    return undefined;
  }
}
