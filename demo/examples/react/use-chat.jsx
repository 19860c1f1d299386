/**
 * A chat with AI SDK's `useChat`. The one line that is not AI SDK's is the transport: it calls the model through the relay,
 * so that no route of your own is needed. The page answers the model's tool call by itself.
 */
import { useChat } from "@ai-sdk/react";
import { lastAssistantMessageIsCompleteWithToolCalls } from "ai";
import { chatTransport } from "baseten-fetch/ai-sdk";
import { createRoot } from "react-dom/client";

const timeZone = {
  type: "function",
  function: {
    name: "time_zone",
    description: "The visitor's time zone.",
    parameters: { type: "object", properties: {} },
  },
};

const transport = chatTransport(
  {
    model: "openai/gpt-oss-120b",
    messages: [{ role: "system", content: "You are a helpful assistant. Be brief." }],
    tools: [timeZone],
  },
  { baseURL: "/v1" },
);

function Part({ part }) {
  if (part.type === "text") return <p>{part.text}</p>;
  if (part.type === "reasoning") return <details>{part.text}</details>;
  if (part.type === "tool-time_zone") return <p>Time zone: {part.output ?? "…"}</p>;
  return null;
}

function Chat() {
  const { messages, sendMessage, addToolOutput, status, error, stop, regenerate } = useChat({
    transport,
    sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithToolCalls,
    onToolCall({ toolCall: { toolName: tool, toolCallId } }) {
      const output = Intl.DateTimeFormat().resolvedOptions().timeZone;
      if (tool === "time_zone") addToolOutput({ tool, toolCallId, output });
    },
  });
  const submit = (event) => {
    event.preventDefault();
    const { text } = event.currentTarget.elements;
    sendMessage({ text: text.value });
    text.value = "";
  };
  const isBusy = status === "submitted" || status === "streaming";

  return (
    <>
      {messages.map(({ id, role, parts }) => (
        <section key={id} aria-label={role}>
          {parts.map((part, index) => (
            <Part key={`${id} ${index}`} part={part} />
          ))}
        </section>
      ))}
      {error && (
        <p role="alert">
          {error.message}{" "}
          <button type="button" onClick={() => regenerate()}>
            Retry
          </button>
        </p>
      )}
      <form onSubmit={submit}>
        <input name="text" aria-label="Message" required />
        <button type="submit" disabled={isBusy}>
          Send
        </button>
        <button type="button" disabled={!isBusy} onClick={stop}>
          Stop
        </button>
      </form>
    </>
  );
}

createRoot(document.getElementById("root")).render(<Chat />);
