/**
 * A decoder of event streams, as the HTML standard's section 9.2.6 says, for a client that never reconnects and so needs
 * `data` alone. Text goes in by {@link push}, the data of one event after another comes out by {@link next}. Nothing is
 * searched twice; beside the text last pushed, one event at most is held.
 * @internal
 */
export interface EventDecoder {
  /** The text last pushed, and how much of it is used up. */
  text: string;
  at: number;
  /** Where the next LF and the next CR stand, at or behind `at`; `text.length` where there is none. */
  lf: number;
  cr: number;
  /** Whether the text before ended with CR, whose line may still get its LF. */
  halfCRLF: boolean;
  /** A line whose end has not come. */
  line: string;
  /** The event's data so far: `undefined` until a `data` field was seen, even an empty one. */
  data: string | undefined;
  /** Makes the error of an event over {@link EVENT_LIMIT}. */
  tooLong: () => unknown;
}

/**
 * The most that one event may hold, in characters: 16 Mi.
 * @internal
 */
export const EVENT_LIMIT: number = 16 * 2 ** 20;

const LF = 10;
const SPACE = 32;
const COLON = 58;

/** @internal */
export function eventDecoder(tooLong: () => unknown): EventDecoder {
  return { text: "", at: 0, lf: 0, cr: 0, halfCRLF: false, line: "", data: undefined, tooLong };
}

function find(end: string, { text, at }: EventDecoder): number {
  const found = text.indexOf(end, at);
  return found < 0 ? text.length : found;
}

function guard({ line, data, tooLong }: EventDecoder): void {
  if (line.length + (data?.length ?? 0) > EVENT_LIMIT) throw tooLong();
}

/** Steps over the line end at `end`: LF, CR, or CR and LF. */
function pass(end: number, decoder: EventDecoder): void {
  decoder.at = end + 1;
  if (end === decoder.cr) {
    decoder.halfCRLF = decoder.at === decoder.text.length;
    if (decoder.lf === decoder.at && !decoder.halfCRLF) decoder.at++;
    decoder.cr = find("\r", decoder);
  }
  if (decoder.lf < decoder.at) decoder.lf = find("\n", decoder);
}

/** Takes the line `from` … `to` of `source` into the event; a comment, or another field than `data`, leaves no mark. */
function field(source: string, from: number, to: number, decoder: EventDecoder): void {
  const colon = from + 4;
  if (!source.startsWith("data", from) || (colon < to && source.charCodeAt(colon) !== COLON)) return;
  const value = source.slice(source.charCodeAt(colon + 1) === SPACE ? colon + 2 : colon + 1, to);
  decoder.data = decoder.data === undefined ? value : `${decoder.data}\n${value}`;
  guard(decoder);
}

/** Takes the line that began in an earlier text and ends with `tail`. */
function join(tail: string, decoder: EventDecoder): void {
  const line = decoder.line + tail;
  decoder.line = "";
  field(line, 0, line.length, decoder);
}

/**
 * Gives the decoder the next text of the stream. The one before must be used up.
 * @internal
 */
export function push(text: string, decoder: EventDecoder): void {
  // A LF behind a CR belongs to it, also where the two were cut apart.
  decoder.at = decoder.halfCRLF && text.charCodeAt(0) === LF ? 1 : 0;
  if (text) decoder.halfCRLF = false;
  decoder.text = text;
  decoder.lf = find("\n", decoder);
  decoder.cr = find("\r", decoder);
}

/**
 * The data of the next whole event, or `undefined` until more is pushed.
 * @internal
 */
export function next(decoder: EventDecoder): string | undefined {
  const { text } = decoder;
  while (decoder.at < text.length) {
    const from = decoder.at;
    const end = Math.min(decoder.lf, decoder.cr);
    if (end === text.length) {
      // Kept in pieces that are joined once: a search of the whole at each piece would be quadratic.
      decoder.line += text.slice(from);
      decoder.at = end;
      guard(decoder);
      return;
    }
    pass(end, decoder);
    if (decoder.line) join(text.slice(from, end), decoder);
    else if (from < end) field(text, from, end, decoder);
    else if (decoder.data !== undefined) {
      const { data } = decoder;
      decoder.data = undefined;
      return data;
    }
  }
  return;
}

/**
 * The data of the event that the end of the stream cut off, or `undefined`. The standard drops it; who asks, may know
 * better.
 * @internal
 */
export function rest(decoder: EventDecoder): string | undefined {
  if (decoder.line) join("", decoder);
  return decoder.data;
}
