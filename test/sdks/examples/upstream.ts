/** An upstream that speaks the endpoints which the emulator does not: `/responses` and `/messages`. */

/** A request as it arrived. */
export interface UpstreamRequest {
  path: string;
  headers: Headers;
  body: Record<string, unknown>;
}

type Handler = (request: Request) => Promise<Response>;

function toEvents(events: { type: string }[]): Response {
  const text = events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join("");
  return new Response(text, { headers: { "content-type": "text/event-stream" } });
}

/** A response of OpenAI's Responses API with this output. */
function createResponse(output: object[]): object {
  const details = { input_tokens_details: { cached_tokens: 0 }, output_tokens_details: { reasoning_tokens: 0 } };
  const usage = { input_tokens: 3, output_tokens: 2, total_tokens: 5, ...details };
  return { id: "resp_1", object: "response", created_at: 1, status: "completed", model: "m", output, usage };
}

/** Calls the tool `time`, and answers with its result. */
function answerResponses({ input }: Record<string, unknown>): Response {
  const items = Array.isArray(input) ? input : [];
  const result = items.find(({ type }) => type === "function_call_output")?.output;
  const text = `It is ${JSON.stringify(result)}.`;
  const message = {
    id: "msg_1",
    type: "message",
    role: "assistant",
    status: "completed",
    content: [{ type: "output_text", text, annotations: [] }],
  };
  const args = JSON.stringify({ timeZone: "Europe/Rome" });
  const call = {
    id: "fc_1",
    type: "function_call",
    call_id: "call_1",
    name: "time",
    arguments: args,
    status: "completed",
  };
  return Response.json(createResponse([result === undefined ? call : message]));
}

/** Streams "Hello there" in Anthropic's events. */
function answerMessages(): Response {
  const usage = { input_tokens: 3, output_tokens: 2 };
  const message = {
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: "m",
    content: [],
    stop_reason: null,
    usage,
  };
  const pieces = ["Hello", " there"].map((text) => ({
    type: "content_block_delta",
    index: 0,
    delta: { type: "text_delta", text },
  }));
  return toEvents([
    { type: "message_start", message } as { type: string },
    { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } } as { type: string },
    ...pieces,
    { type: "content_block_stop", index: 0 } as { type: string },
    { type: "message_delta", delta: { stop_reason: "end_turn", stop_sequence: null }, usage } as { type: string },
    { type: "message_stop" },
  ]);
}

/** A handler, and the requests that it got. */
export function createUpstream(): { handler: Handler; requests: UpstreamRequest[] } {
  const requests: UpstreamRequest[] = [];
  const handler: Handler = async (request) => {
    const path = new URL(request.url).pathname;
    const body = await request.json();
    requests.push({ path, headers: request.headers, body });
    return path.endsWith("/responses") ? answerResponses(body) : answerMessages();
  };
  return { handler, requests };
}
