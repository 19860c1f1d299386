/** The environment as the suites change it, where the library may read one. Deno gives it with permission alone. */
export function environment() {
  const { Deno, process } = globalThis;
  if (Deno) {
    const { state } = Deno.permissions.querySync({ name: "env" });
    if (state !== "granted") return;
    return { set: (name, value) => Deno.env.set(name, value), unset: (name) => Deno.env.delete(name) };
  }
  if (!process?.env) return;
  return {
    set: (name, value) => Object.assign(process.env, { [name]: value }),
    unset: (name) => delete process.env[name],
  };
}
