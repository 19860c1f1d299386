import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createTimer } from "../../src/http/timer.js";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Lets setTimeout return numbers, as in a browser, until the end of the test. */
function stubNumericTimers(): void {
  const { setTimeout, clearTimeout } = globalThis;
  const timers: NodeJS.Timeout[] = [];
  vi.stubGlobal("setTimeout", (run: () => void, ms: number) => timers.push(setTimeout(run, ms)));
  vi.stubGlobal("clearTimeout", (id: number) => clearTimeout(timers[id - 1]));
}

describe.each<[string, () => void]>([
  ["an object, as in Node", () => {}],
  ["a number, as in a browser", stubNumericTimers],
])("a timer where setTimeout returns %s", (_, stub) => {
  beforeEach(stub);

  it("that is started again fires once, so many ms after the last start", () => {
    const onFire = vi.fn();
    const timer = createTimer(100, onFire);
    timer.start();
    vi.advanceTimersByTime(60);
    timer.start();
    vi.advanceTimersByTime(99);
    expect(onFire).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1_000);
    expect(onFire).toHaveBeenCalledTimes(1);
  });

  it("that is stopped does not fire, but may be started again", () => {
    const onFire = vi.fn();
    const timer = createTimer(100, onFire);
    timer.start();
    timer.stop();
    vi.advanceTimersByTime(1_000);
    expect(onFire).not.toHaveBeenCalled();
    timer.start();
    vi.advanceTimersByTime(100);
    expect(onFire).toHaveBeenCalledTimes(1);
  });
});

it("setRef has no effect on a stopped timer, which would keep a Node process alive for ever", () => {
  const handle = { refresh: vi.fn(), ref: vi.fn(), unref: vi.fn() };
  vi.stubGlobal("setTimeout", () => handle);
  const timer = createTimer(100, () => {});
  timer.start();
  timer.setRef(false);
  timer.setRef(true);
  expect([handle.unref.mock.calls.length, handle.ref.mock.calls.length]).toEqual([1, 1]);
  timer.stop();
  timer.setRef(true);
  timer.setRef(false);
  expect([handle.unref.mock.calls.length, handle.ref.mock.calls.length]).toEqual([1, 1]);
});
