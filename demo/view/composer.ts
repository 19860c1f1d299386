import { byId } from "./dom.ts";

const MIN_ROWS = 2;
const MAX_ROWS = 6;

/** What the composer's buttons do. */
export interface ComposerOptions {
  onSend: () => void;
  onStop: () => void;
  onNewChat: () => void;
}

/** Gives a text area as many rows as its text needs, within limits. */
function fitRows(area: HTMLTextAreaElement): void {
  area.rows = MIN_ROWS;
  while (area.rows < MAX_ROWS && area.scrollHeight > area.clientHeight) area.rows += 1;
}

function isSendKey({ key, shiftKey, isComposing }: KeyboardEvent): boolean {
  return key === "Enter" && !shiftKey && !isComposing;
}

/** Makes Send, Stop, New chat and the Enter key work. */
export function prepareComposer(message: HTMLTextAreaElement, { onSend, onStop, onNewChat }: ComposerOptions) {
  const send = byId("send", HTMLButtonElement);
  const stop = byId("stop", HTMLButtonElement);
  const newChat = byId("new-chat", HTMLButtonElement);
  send.addEventListener("click", onSend);
  stop.addEventListener("click", onStop);
  newChat.addEventListener("click", () => {
    onNewChat();
    newChat.disabled = true;
    message.focus({ preventScroll: true });
  });
  message.addEventListener("input", () => fitRows(message));
  message.addEventListener("keydown", (event) => {
    if (!isSendKey(event)) return;
    event.preventDefault();
    onSend();
  });

  return {
    /** Puts a text into Message in place of what it holds. */
    setMessage(text: string): void {
      message.value = text;
      fitRows(message);
    },
    /** Changes which of Send and Stop works. */
    setRunning(running: boolean): void {
      const [enabled, disabled] = running ? [stop, send] : [send, stop];
      enabled.disabled = false;
      // The button that had the focus may be disabled now, or gone with the examples or the alert.
      const { activeElement, body } = document;
      const isHidden = activeElement?.checkVisibility?.() === false;
      if (isHidden || activeElement === disabled || activeElement === body) enabled.focus({ preventScroll: true });
      disabled.disabled = true;
      if (running) newChat.disabled = false;
    },
    /** Scrolls to the conversation where it is below the fold. */
    bringIntoView(): void {
      const chat = byId("chat");
      const { top, bottom } = chat.getBoundingClientRect();
      if (top < 0 || bottom > innerHeight) chat.scrollIntoView({ block: "start" });
    },
  };
}
