/**
 * A chat with this client alone. `collect` assembles the answer while `onChunk` shows it, and gives the whole message for
 * the next turn. What came before a failure stays on the page, and is not sent again.
 */
import { collect, stream } from "baseten-fetch";
import { useRef, useState } from "react";
import { createRoot } from "react-dom/client";

const model = "openai/gpt-oss-120b";

function useAnswers() {
  const [messages, setMessages] = useState([]);
  const [draft, setDraft] = useState("");
  const [error, setError] = useState();
  const controller = useRef();

  async function send(content) {
    controller.current?.abort();
    const request = { model, messages: [...messages, { role: "user", content }] };
    controller.current = new AbortController();
    const { signal } = controller.current;
    let text = "";
    setMessages(request.messages);
    setDraft(text);
    setError(undefined);
    try {
      const { choices } = await collect(stream(request, { baseURL: "/v1", signal }), (chunk) => {
        text += chunk.choices[0]?.delta.content ?? "";
        setDraft(text);
      });
      setMessages([...request.messages, choices[0].message]);
      setDraft("");
    } catch (failure) {
      if (!signal.aborted) setError(failure);
    }
  }

  return { messages, draft, error, send, stop: () => controller.current?.abort() };
}

function Chat() {
  const { messages, draft, error, send, stop } = useAnswers();
  const submit = (event) => {
    event.preventDefault();
    const { text } = event.currentTarget.elements;
    void send(text.value);
    text.value = "";
  };
  return (
    <>
      {messages.map(({ role, content }, index) => (
        <section key={`${index} ${role}`} aria-label={role}>
          {content}
        </section>
      ))}
      {draft && <section aria-label="assistant">{draft}</section>}
      {error && <p role="alert">{error.message}</p>}
      <form onSubmit={submit}>
        <input name="text" aria-label="Message" required />
        <button type="submit">Send</button>
        <button type="button" onClick={stop}>
          Stop
        </button>
      </form>
    </>
  );
}

createRoot(document.getElementById("root")).render(<Chat />);
