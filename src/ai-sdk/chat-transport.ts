import { assertValid } from "../error.ts";
import { route } from "../route.ts";
import { pickCallOptions, readSendOptions, stream } from "../stream.ts";
import type { ChatFields, Message, WithUnknown } from "../types/chat.ts";
import type { Options } from "../types/options.ts";
import { toChatMessages } from "./chat-messages.ts";
import { mergeHeaders } from "./headers.ts";
import { readErrorMessage } from "./tool-parts.ts";
import type { ChatTransport, SendMessagesOptions } from "./types.ts";
import { createUIMessageStream } from "./ui-message-stream.ts";

/** What every request of a chat has in common: a model, and whatever else `stream` takes. */
export type ChatTransportRequest = WithUnknown<
  Omit<ChatFields, "messages"> & {
    /** Sent before the conversation: the system prompt. */
    messages?: readonly Message[] | undefined;
  }
>;

/**
 * Refuses a model or an option that no request could be sent with. A relative base URL is looked at when a request is
 * sent: a page that is rendered on a server has no location there.
 */
function assertSendable(model: string, options: Options): void {
  // `options` may be null: `route` says so.
  const baseURL = options?.baseURL;
  const isRelative = typeof baseURL === "string" && baseURL && !/^\w+:/.test(baseURL);
  route(model, isRelative ? { ...options, baseURL: "http://localhost" } : options);
  readSendOptions(options);
  mergeHeaders(options.headers);
}

/**
 * Lets `useChat` call a model from the page, with no server code but a relay:
 *
 * ```ts
 * const chat = useChat({ transport: chatTransport({ model: "openai/gpt-oss-120b" }, { baseURL: "/v1" }) });
 * ```
 *
 * A request holds `request`, its `messages` first, then the conversation as {@link toChatMessages} writes it. Of what
 * `sendMessage` and `regenerate` are given, `headers` are added to the request's headers and `body` to its fields;
 * `metadata` is ignored. `stop()` closes the connection, which stops the server. A tool call waits for the page's
 * `addToolOutput`; `sendAutomaticallyWhen` then sends the conversation on.
 *
 * @param request - the model, the system prompt, tools, and further fields for every request
 * @param options - as `stream` has them
 * @returns a transport for `useChat` of `@ai-sdk/react`, and its like for other frameworks. What fails is the part
 * `error`, with the message of the `BasetenError`, after all that came before it
 * @throws {BasetenError} `BadRequestError` for a model or an option that no request could be sent with
 */
export function chatTransport(request: ChatTransportRequest, options: Options = {}): ChatTransport {
  assertValid(Object(request) === request, "request", "an object", request);
  assertSendable(request.model, options);
  const { messages: firstMessages = [], ...fields } = request;
  assertValid(Array.isArray(firstMessages), "messages", "an array", firstMessages);

  async function sendMessages({ messages, headers, body, abortSignal }: SendMessagesOptions) {
    const chunks = stream(
      { ...fields, ...body, messages: [...firstMessages, ...toChatMessages(messages)] },
      { ...pickCallOptions(options), headers: mergeHeaders(options.headers, headers) },
    );
    return createUIMessageStream(chunks, { signal: abortSignal, readErrorMessage });
  }

  return { sendMessages, reconnectToStream: async () => null };
}
