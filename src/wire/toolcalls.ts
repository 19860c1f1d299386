import { isObject, parse } from "./json.ts";

/**
 * A tool call in the making.
 * @internal
 */
export interface CallDraft {
  index?: number | undefined;
  id?: string | undefined;
  name: string;
  /** The arguments, piece by piece. */
  pieces: string[];
  /** Whether they end as an object does. One that does not need not be parsed: at each piece that would be quadratic. */
  closed: boolean;
  /** What else came with the call, and with its function. */
  fields: Record<string, unknown>;
  functionFields: Record<string, unknown>;
}

/**
 * Takes over what is not null, so that the last of each field stays.
 * @internal
 */
export function assignPresent(to: Record<string, unknown>, from: Record<string, unknown>): void {
  for (const [field, value] of Object.entries(from)) {
    if (value != null) to[field] = value;
  }
}

function addPiece(piece: unknown, call: CallDraft): void {
  const text = typeof piece === "string" ? piece : JSON.stringify(piece);
  call.pieces.push(text);
  // Blanks behind the end change nothing.
  if (text.trim()) call.closed = /[}\]]\s*$/.test(text);
}

function isWhole({ pieces, closed }: CallDraft): boolean {
  const mayEnd = closed || !/^\s*[[{]/.test(pieces[0] ?? "");
  return mayEnd && parse(pieces.join("")) !== undefined;
}

interface Delta {
  index: number | undefined;
  id: string | undefined;
  name: string | undefined;
}

/** The call that a delta speaks of: the latest with its index, else with its id, else the latest. */
function find({ index, id, name }: Delta, calls: CallDraft[]): CallDraft | undefined {
  const [latest] = calls;
  return (
    (index !== undefined && calls.find((call) => call.index === index)) ||
    (id && calls.find((call) => call.id === id)) ||
    // A name under an index of its own opens a call beside the latest.
    (index === undefined || latest?.index === undefined || !name ? latest : undefined)
  );
}

/** Baseten's engines give each delta a fresh id, Ollama numbers every call 0: neither alone is a new call. */
function isNew({ id, name }: Delta, call: CallDraft): boolean {
  if (!id || id === call.id || !name) return false;
  return (call.name !== "" && call.name !== name) || isWhole(call);
}

/**
 * Takes a delta's tool call into the calls so far.
 * @param calls - latest first
 * @internal
 */
export function addToolCall(delta: Record<string, unknown>, calls: CallDraft[]): void {
  const { index, id, function: called, ...fields } = delta;
  const { name, arguments: piece, ...functionFields } = isObject(called) ? called : {};
  const known = { index: index ?? undefined, id: id || undefined, name } as Delta;
  let call = find(known, calls);
  if (!call || isNew(known, call)) {
    call = { name: "", pieces: [], closed: false, fields: {}, functionFields: {} };
    calls.unshift(call);
  }
  // The first index, id and name win.
  call.index ??= known.index;
  call.id ??= known.id;
  call.name ||= known.name ?? "";
  if (piece) addPiece(piece, call);
  assignPresent(call.fields, fields);
  assignPresent(call.functionFields, functionFields);
}

/**
 * The calls as a message holds them, first one first.
 * @internal
 */
export function toolCalls(calls: CallDraft[]): Record<string, unknown>[] {
  return calls
    .map(({ id, name, pieces, fields, functionFields }) => ({
      id,
      type: "function",
      ...fields,
      function: { name, arguments: pieces.join(""), ...functionFields },
    }))
    .reverse();
}
