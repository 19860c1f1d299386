/** What tells tool calls apart. A value that is missing, null or empty is ignored; an index of 0 counts. */
export interface CallKey {
  index?: unknown;
  id?: unknown;
  name?: unknown;
}

/** A tool call whose deltas are still coming. Its index, id and name are set by the finder: the first of each. */
export interface KeyedCall extends CallKey {
  /** Whether the arguments so far are whole JSON. */
  isWholeJSON(): boolean;
}

/** Tells whether a delta with a piece of text begins a new call, although its index, id or place assigns it to `call`. */
function isNewCall({ index, id, name }: CallKey, piece: string, call: KeyedCall): boolean {
  if (!name) return false;
  // Gemini numbers every call 0 and gives it an empty id: more text after whole JSON is the text of another call.
  if (!id) return (index === undefined || piece.trim() !== "") && call.isWholeJSON();
  // Baseten's engines give each delta a fresh id, and Ollama numbers every call 0: neither alone is a new call.
  return id !== call.id && ((call.name !== undefined && call.name !== name) || call.isWholeJSON());
}

/**
 * Creates a function that finds the call of a delta: the latest call with its index, else the latest with its
 * id, else the latest call; or a new one if its index is new and it has a name (Gemini gives two calls one id under two
 * indices), or as {@link isNewCall} says. Takes constant time.
 * @param create - makes a new call
 */
export function createCallFinder<Call extends KeyedCall>(create: () => Call): (key: CallKey, piece: string) => Call {
  /** The latest call with each index, a number, and with each id, a string. */
  const latest = new Map<unknown, Call>();
  let last: Call | undefined;

  function find({ index, id, name }: CallKey): Call | undefined {
    const sameIndex = latest.get(index);
    if (sameIndex || (index !== undefined && name)) return sameIndex;
    return latest.get(id) ?? last;
  }

  return ({ index, id, name }, piece) => {
    const key: CallKey = { index: index ?? undefined, id: id || undefined, name: name || undefined };
    let call = find(key);
    if (!call || isNewCall(key, piece, call)) call = last = create();
    for (const field of ["index", "id", "name"] as const) {
      if (key[field] === undefined || call[field] !== undefined) continue;
      call[field] = key[field];
      if (field !== "name") latest.set(key[field], call);
    }
    return call;
  };
}
