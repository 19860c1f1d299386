/** The parts of a runtime's global object that hold an environment. */
interface Globals {
  process?: { env?: Record<string, unknown> };
  Deno?: {
    env: { get(name: string): string | undefined };
    permissions: { querySync(descriptor: { name: "env"; variable: string }): { state: string } };
  };
}

/**
 * Reads a variable of the environment: trimmed, or `undefined` where it is empty, unset, forbidden or where there is no
 * environment. At each call, and by a computed name, so that no bundler writes a key into a page.
 */
export function readEnv(name: string): string | undefined {
  try {
    const { process, Deno } = globalThis as Globals;
    // Deno asks the user at the prompt unless the permission is there already; a library must not make it ask.
    const granted = Deno?.permissions.querySync({ name: "env", variable: name }).state === "granted";
    const value = Deno ? granted && Deno.env.get(name) : process?.env?.[name];
    return (typeof value === "string" && value.trim()) || undefined;
  } catch {
    return undefined;
  }
}
