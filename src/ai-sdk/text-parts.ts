import type { Emit } from "./types.ts";

type Kind = "text" | "reasoning";

/** Emits the parts of a message's text and reasoning. */
export interface TextParts {
  add(kind: Kind, delta: unknown): void;
  /** Ends the block that is open, if there is one. */
  close(): void;
}

/** Creates the {@link TextParts} of one message: a block of its own each time that one kind follows the other. */
export function createTextParts(emit: Emit): TextParts {
  let open: { kind: Kind; id: string } | undefined;
  let count = 0;

  function close(): void {
    if (open) emit({ type: `${open.kind}-end`, id: open.id });
    open = undefined;
  }

  function add(kind: Kind, delta: unknown): void {
    if (!delta || typeof delta !== "string") return;
    if (open?.kind !== kind) {
      close();
      open = { kind, id: `${kind}-${count++}` };
      emit({ type: `${kind}-start`, id: open.id });
    }
    emit({ type: `${kind}-delta`, id: open.id, delta });
  }

  return { add, close };
}
