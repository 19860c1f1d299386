/**
 * Creates a decoder of UTF-8 that takes a body read by read; called without bytes it gives what is left at the end. Bad
 * bytes become U+FFFD, and one leading byte order mark is dropped (Encoding standard).
 */
export function createTextDecoder(): (bytes?: Uint8Array) => string {
  // Drop the mark here: a decoder that is flushed would drop one again in the middle of the body.
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  let isStart = true;
  return (bytes) => {
    // Bytes that end in ASCII cut no character, so the decoder may flush, which is Node's fast way.
    const text = decoder.decode(bytes, { stream: bytes !== undefined && (bytes[bytes.length - 1] ?? 255) > 127 });
    if (!isStart || text === "") return text;
    isStart = false;
    return text.startsWith("\uFEFF") ? text.slice(1) : text;
  };
}
