import { describe, expect, it } from "vitest";
import { type Comparison, compareClients } from "../../demo/call/comparison.js";
import { SCENARIOS, type Scenario, type ScenarioId } from "../../demo/call/scenarios.js";
import results from "../bench/rivals/results.json" with { type: "json" };
import { COMPARISON } from "./fixtures.js";

const measured: Comparison = results;
const compared = Object.entries<Scenario>(SCENARIOS).filter(([, { comparison }]) => comparison);

describe("the comparison with other clients", () => {
  it("has each other client's outcome, in plain words", () => {
    expect(compareClients(COMPARISON, "truncated")).toEqual([
      ["alpha", "Ends as if complete"],
      ["beta", "Still waiting after 4\u00a0s"],
    ]);
  });

  it("is empty where none was measured", () => expect(compareClients(COMPARISON, "rateLimited")).toEqual([]));

  it.each(compared.map(([id]) => id as ScenarioId))("has every other client for the scenario %s", (id) => {
    const outcomes = compareClients(measured, id);
    expect(outcomes.map(([client]) => client)).toEqual(measured.clients.filter((name) => name !== "baseten-fetch"));
    for (const [, outcome] of outcomes) expect(outcome).toMatch(/^[A-Z]/);
  });
});
