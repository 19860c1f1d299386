/**
 * A decoder of event streams, as the HTML standard's section 9.2.6 says, for a client that never reconnects and so needs
 * `data` alone. Text goes in by {@link push}, the data of one event after another comes out by {@link next}. Nothing is
 * searched twice; beside the text last pushed, one event at most is held.
 * @internal
 */
export interface EventDecoder {
  /** The whole lines of the text last pushed, and how many of them are used up. */
  lines: string[];
  at: number;
  /** A line whose end has not come. */
  line: string;
  /** The event's data so far: `undefined` until a `data` field was seen, even an empty one. */
  data: string | undefined;
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
  return { lines: [], at: 0, line: "", data: undefined, skip: "\uFEFF", tooLong };
}

function guard({ line, data, tooLong }: EventDecoder): void {
  if (line.length + (data?.length ?? 0) > EVENT_LIMIT) throw tooLong();
}

/**
 * Gives the decoder the next text of the stream. Lines of the one before that {@link next} has not taken are lost.
 * @internal
 */
export function push(text: string, decoder: EventDecoder): void {
  if (!text) return;
  const fresh = decoder.skip && text.startsWith(decoder.skip) ? text.slice(1) : text;
  // As a rule there is no CR, and then no need of the slower search.
  const lines = fresh.split(text.includes("\r") ? /\r\n?|\n/ : "\n");
  // Joined once the line is whole: a search of the whole at each piece would be quadratic.
  lines[0] = decoder.line + lines[0];
  decoder.line = lines.pop() as string;
  decoder.lines = lines;
  decoder.at = 0;
  decoder.skip = text.endsWith("\r") ? "\n" : "";
}

/** Takes a line into the event; a comment, or another field than `data`, leaves no mark. */
function field(line: string, decoder: EventDecoder): void {
  if (!line.startsWith("data:") && line !== "data") return;
  const value = line.slice(line[5] === " " ? 6 : 5);
  decoder.data = decoder.data === undefined ? value : `${decoder.data}\n${value}`;
  guard(decoder);
}

/**
 * The data of the next whole event, or `undefined` until more is pushed.
 * @internal
 */
export function next(decoder: EventDecoder): string | undefined {
  const { lines } = decoder;
  while (decoder.at < lines.length) {
    const line = lines[decoder.at++] as string;
    if (line) field(line, decoder);
    else if (decoder.data !== undefined) {
      const { data } = decoder;
      decoder.data = undefined;
      return data;
    }
  }
  guard(decoder);
  return;
}

/**
 * The data of the event that the end of the stream cut off, or `undefined`. The standard drops it; who asks, may know
 * better.
 * @internal
 */
export function rest(decoder: EventDecoder): string | undefined {
  field(decoder.line, decoder);
  decoder.line = "";
  return decoder.data;
}
