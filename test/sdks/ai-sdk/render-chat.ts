/** A page with `useChat`, in front of a relay with the emulator behind it. */

import { useChat } from "@ai-sdk/react";
import type { ChatInit, UIMessage } from "ai";
import type { ChatRequest, Fetch } from "baseten-fetch";
import { type EmulatorOptions, emulator } from "baseten-fetch/emulator";
import { relay } from "baseten-fetch/relay";
import { act, createElement } from "react";
import { createRoot } from "react-dom/client";
import { expect, onTestFinished, vi } from "vitest";
import { installDOM, ORIGIN } from "../dom.js";

type Chat = ReturnType<typeof useChat>;

/** The page's `fetch`: it reaches a relay on the page's own origin, and keeps each request's body. */
export function relayFetch(options: EmulatorOptions = {}): { fetch: Fetch; requests: ChatRequest[] } {
  const requests: ChatRequest[] = [];
  const handler = relay({ apiKey: "server-key-0123456789", authorize: () => true, fetch: emulator(options) });
  const fetch: Fetch = async (input, init) => {
    const request = new Request(input, init);
    expect(new URL(request.url).origin).toBe(ORIGIN);
    requests.push(await request.clone().json());
    return handler(request);
  };
  return { fetch, requests };
}

/** Mounts a component that calls `useChat`, and returns what the hook gave at its last render. */
export async function renderChat(init: ChatInit<UIMessage>): Promise<() => Chat> {
  const document = installDOM();
  // What React asks of a test that uses act().
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
  let chat: Chat | undefined;
  function Page() {
    chat = useChat(init);
    return null;
  }
  const root = createRoot(document.createElement("div"));
  await act(async () => root.render(createElement(Page)));
  onTestFinished(async () => {
    vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
    await act(async () => root.unmount());
  });
  return () => {
    if (!chat) throw new Error("the page was not rendered");
    return chat;
  };
}

/** Lets React render until the condition holds. */
export async function waitUntil(condition: () => boolean): Promise<void> {
  await vi.waitUntil(
    async () => {
      await act(async () => {});
      return condition();
    },
    { timeout: 30_000, interval: 5 },
  );
}

/** The text of a message. */
export function textOf({ parts }: UIMessage): string {
  return parts.map((part) => (part.type === "text" ? part.text : "")).join("");
}
