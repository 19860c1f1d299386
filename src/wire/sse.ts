/**
 * A decoder of event streams, as the HTML standard's section 9.2.6 says, for a client that never reconnects and so needs
 * `data` alone. Text goes in by {@link push}, the data of one event after another comes out by {@link next}. Nothing is
 * searched twice; beside the text last pushed, one event at most is held.
 * @internal
 */
export interface EventDecoder {
  /** The text last pushed, in which LF alone ends a line, and how much of it is used up. */
  text: string;
  at: number;
  /** A line whose end has not come. */
  line: string;
  /** The event's data so far: `undefined` until a `data` field was seen, even an empty one. */
  data?: string | undefined;
  /** What is no part of the stream if it comes next: a BOM at the start, a LF whose CR ended the text before. */
  skip: string;
  /** Makes the error of an event over {@link EVENT_LIMIT}. */
  tooLong: () => unknown;
}

/**
 * The most that one event may hold, in characters: 16 Mi.
 * @internal
 */
export const EVENT_LIMIT: number = 16 * 2 ** 20;

/** @internal */
export function eventDecoder(tooLong: () => unknown): EventDecoder {
  return { text: "", at: 0, line: "", skip: "\uFEFF", tooLong };
}

/**
 * Gives the decoder the next text of the stream, once {@link next} has used up the one before.
 * @internal
 */
export function push(text: string, decoder: EventDecoder): void {
  if (!text) return;
  const fresh = decoder.skip && text.startsWith(decoder.skip) ? text.slice(1) : text;
  decoder.skip = text.endsWith("\r") ? "\n" : "";
  // As a rule there is no CR, and then no need of the slower search.
  decoder.text = fresh.includes("\r") ? fresh.replace(/\r\n?/g, "\n") : fresh;
  decoder.at = 0;
}

/** Takes a line into the event; a comment, or another field than `data`, leaves no mark. */
function field(line: string, decoder: EventDecoder): void {
  if (!line.startsWith("data:") && line !== "data") return;
  const value = line.slice(line[5] === " " ? 6 : 5);
  decoder.data = decoder.data === undefined ? value : `${decoder.data}\n${value}`;
}

/** The next line, or `undefined` until more is pushed. */
function nextLine(decoder: EventDecoder): string | undefined {
  const { text, at, line, data, tooLong } = decoder;
  const end = text.indexOf("\n", at);
  // A line in pieces is a rope until it is whole: to copy or search it at each piece would be quadratic.
  const whole = line + text.slice(at, end < 0 ? undefined : end);
  if (whole.length + (data?.length ?? 0) > EVENT_LIMIT) throw tooLong();
  decoder.line = end < 0 ? whole : "";
  decoder.at = end < 0 ? text.length : end + 1;
  return end < 0 ? undefined : whole;
}

/**
 * The data of the next whole event, or `undefined` until more is pushed.
 * @internal
 */
export function next(decoder: EventDecoder): string | undefined {
  for (let line = nextLine(decoder); line !== undefined; line = nextLine(decoder)) {
    if (line) field(line, decoder);
    else if (decoder.data !== undefined) return takeData(decoder);
  }
  return;
}

function takeData(decoder: EventDecoder): string | undefined {
  const { data } = decoder;
  decoder.data = undefined;
  return data;
}

/**
 * The data of the event that the end of the stream cut off, or `undefined`. The standard drops it; who asks, may know
 * better.
 * @internal
 */
export function rest(decoder: EventDecoder): string | undefined {
  field(decoder.line, decoder);
  decoder.line = "";
  return takeData(decoder);
}
