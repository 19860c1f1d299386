/** The most that one event may hold, in characters: 16 Mi. */
export const MAX_EVENT_CHARS: number = 16 * 2 ** 20;

/** An event of a stream, as the HTML standard dispatches it; `type` is `""` unless the event names one. */
export interface ServerSentEvent {
  type: string;
  data: string;
}

export interface SSEParser {
  /** Takes the next text of the stream and calls `onEvent` for each event that it completes. */
  feed(text: string): void;
  /** Takes the end of the stream. Returns the event that lacks its final blank line: the standard discards it. */
  flush(): ServerSentEvent | undefined;
}

const PREFIX = "data: ";

/** Splits a line at its first colon; one space after it is dropped. A line without a colon is all name. */
function splitField(line: string): [name: string, value: string] {
  const colon = line.indexOf(":");
  if (colon < 0) return [line, ""];
  return [line.slice(0, colon), line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1)];
}

/**
 * Creates a parser of event streams, as the HTML standard's section 9.2.6 says, for a client that never reconnects and so
 * needs neither `id` nor `retry`. Linear in the text: nothing is searched twice. Its text has no byte order mark.
 *
 * A line `error: …` outside any data counts as an event of type `error`: llama.cpp reports failures so.
 * @param onOverflow - throws for an event of more than {@link MAX_EVENT_CHARS}
 */
export function createSSEParser(onEvent: (data: string, type: string) => void, onOverflow: () => never): SSEParser {
  /** A line whose end has not come: a rope until then, since copying it at each read would be quadratic. */
  let line = "";
  /** `undefined` until the event has a data field, even an empty one. */
  let data: string | undefined;
  let type = "";
  let skipsLineFeed = false;

  /** CR and CRLF end a line as LF does. A CR at the end of a text ends its line, and a LF that follows is part of it. */
  function normalizeLineEnds(text: string): string {
    const rest = skipsLineFeed && text.startsWith("\n") ? text.slice(1) : text;
    if (text) skipsLineFeed = text.endsWith("\r");
    return rest.includes("\r") ? rest.replace(/\r\n?/g, "\n") : rest;
  }

  function takeEvent(): ServerSentEvent | undefined {
    const event = data === undefined ? undefined : { type, data };
    data = undefined;
    type = "";
    return event;
  }

  function parseField(field: string): void {
    const [name, value] = splitField(field);
    if (name === "data") data = data === undefined ? value : `${data}\n${value}`;
    else if (name === "event") type = value;
    else if (name === "error" && data === undefined && value) {
      data = value;
      type = name;
    }
  }

  function parseLine(whole: string): void {
    checkSize(whole);
    if (whole) parseField(whole);
    else dispatch();
  }

  function dispatch(): void {
    const event = takeEvent();
    if (event) onEvent(event.data, event.type);
  }

  function checkSize(text: string): void {
    if (text.length + (data?.length ?? 0) > MAX_EVENT_CHARS) onOverflow();
  }

  return {
    feed(text) {
      const lines = normalizeLineEnds(text);
      let start = 0;
      for (let end = lines.indexOf("\n"); end >= 0; end = lines.indexOf("\n", start)) {
        const isWholeEvent = lines.charCodeAt(end + 1) === 10 && !line && data === undefined && !type;
        // The form that nearly every event has needs no field to be taken apart.
        if (isWholeEvent && lines.startsWith(PREFIX, start) && end - start < MAX_EVENT_CHARS) {
          onEvent(lines.slice(start + PREFIX.length, end), "");
          start = end + 2;
        } else {
          parseLine(line + lines.slice(start, end));
          line = "";
          start = end + 1;
        }
      }
      line += lines.slice(start);
      checkSize(line);
    },
    flush() {
      if (line) parseField(line);
      line = "";
      return takeEvent();
    },
  };
}
