import type { BasetenError } from "../error.ts";

/** The default of the option `onError`. The request is not logged: it would show its `authorization`. */
export function logError(error: BasetenError): void {
  console.error(error);
}

/** Calls the option `onError`. An error of its own, thrown or rejected, changes nothing. */
export async function reportError(
  error: BasetenError,
  request: Request,
  onError: (error: BasetenError, request: Request) => unknown,
): Promise<void> {
  try {
    await onError(error, request);
  } catch {
    // The caller's answer does not depend on it.
  }
}
