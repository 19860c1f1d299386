/** Counts the work of a function instead of measuring its time, so that a test of growth gives the same on any machine. */

import { type Profiler, Session } from "node:inspector/promises";
import { vi } from "vitest";

/** What a run has cost. */
export interface Work {
  /** How often blocks of code in `src` were executed: functions, loop bodies, branches. */
  blocks: number;
  /** How many characters were joined, or parsed as JSON: a loop that no block of `src` shows. */
  characters: number;
}

export interface WorkCounter {
  count(act: () => unknown): Promise<Work>;
  stop(): void;
}

function countBlocks(coverage: readonly Profiler.ScriptCoverage[]): number {
  const scripts = coverage.filter(({ url }) => /\/src\/[^?]*\.ts/.test(url) && !url.includes("node_modules"));
  const ranges = scripts.flatMap(({ functions }) => functions.flatMap(({ ranges }) => ranges));
  return ranges.reduce((sum, { count }) => sum + count, 0);
}

async function countCharacters(act: () => unknown): Promise<number> {
  const { parse } = JSON;
  const { join } = Array.prototype;
  let characters = 0;
  const parseSpy = vi.spyOn(JSON, "parse").mockImplementation((text, reviver) => {
    characters += text.length;
    return parse(text, reviver);
  });
  const joinSpy = vi.spyOn(Array.prototype, "join").mockImplementation(function (this: unknown[], separator) {
    const text = join.call(this, separator);
    characters += text.length;
    return text;
  });
  await act();
  parseSpy.mockRestore();
  joinSpy.mockRestore();
  return characters;
}

/**
 * Starts V8's counters. They see the blocks of those functions alone that run for the first time after this: call it
 * before anything else.
 */
export async function startWorkCounter(): Promise<WorkCounter> {
  const session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  return {
    async count(act) {
      await session.post("Profiler.takePreciseCoverage");
      const characters = await countCharacters(act);
      const { result } = await session.post("Profiler.takePreciseCoverage");
      return { blocks: countBlocks(result), characters };
    },
    stop: () => session.disconnect(),
  };
}
