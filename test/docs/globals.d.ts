/** The types of the names that code blocks use without declaring them. Not part of the tests' own program. */

import type { ChatRequest, Message } from "baseten-fetch";

declare global {
  var model: string;
  var messages: Message[];
  var request: ChatRequest;
  /** The reader's API key. */
  var key: string;
  /** Prints a piece of text. */
  var write: (text: string) => void;
  /** Renders anything. */
  var show: (value: unknown) => void;
  /** Tells whether a request comes from a user who is signed in. */
  var isSignedIn: (request: Request) => boolean;
  /** Deno's own, as far as a block uses it. */
  var Deno: { serve: (handler: (request: Request) => Promise<Response>) => unknown };
  /** React's own, as far as a block uses it. */
  var useState: <State>(initial: State) => [State, (update: (state: State) => State) => void];
  /** The global of the file for a script tag. */
  var basetenFetch: typeof import("baseten-fetch");
  /** Asks the user a question. */
  var approve: (question: string) => Promise<boolean>;
  var getWeather: (city: string) => Promise<{ sky: string; celsius: number }>;
}
