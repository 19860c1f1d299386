/** Parses the HTTP/1.1 requests that a test server receives. */

/** A request as it arrived. */
export interface ReceivedRequest {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: string;
  /** The body as an object, `{}` if it is not JSON. */
  json: Record<string, unknown>;
  /** Resolves when the connection of this request is closed, by either side. */
  closed: Promise<void>;
}

/** Returns the first complete request of the buffer and its length in bytes, or undefined if it is not complete yet. */
export function parseRequest(
  buffer: Buffer,
  closed: Promise<void>,
): { received: ReceivedRequest; length: number } | undefined {
  const headEnd = buffer.indexOf("\r\n\r\n");
  if (headEnd < 0) return undefined;
  const [requestLine = "", ...lines] = buffer.toString("latin1", 0, headEnd).split("\r\n");
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()]),
  );
  const length = headEnd + 4 + Number(headers["content-length"] ?? 0);
  if (buffer.length < length) return undefined;
  const [method = "", url = ""] = requestLine.split(" ");
  const body = buffer.toString("utf8", headEnd + 4, length);
  return { length, received: { method, url, headers, body, json: parseObject(body), closed } };
}

function parseObject(body: string): Record<string, unknown> {
  try {
    return JSON.parse(body) as Record<string, unknown>;
  } catch {
    return {};
  }
}
