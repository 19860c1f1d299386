/**
 * What a local reference of a JSON Schema points to (a JSON pointer, RFC 6901), or `undefined`.
 * @internal
 */
export function resolve(root: unknown, ref: string): unknown {
  let node = root;
  for (const name of ref.slice(1).split("/").slice(1)) {
    const key = decoded(name).replaceAll("~1", "/").replaceAll("~0", "~");
    if (node !== Object(node) || !Object.hasOwn(node as object, key)) return;
    node = (node as Record<string, unknown>)[key];
  }
  return node;
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
