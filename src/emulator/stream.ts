import type { ChatCompletionChunk, ChunkChoice, Delta, Usage } from "../types/chat.ts";
import type { Piece } from "./body.ts";
import { blowOf, type Fault } from "./faults.ts";
import { CREATED, type Reply, speak, usageOf } from "./reply.ts";

/** How many tokens of an answer proper come before a fault strikes. */
const PASSED = 3;

/**
 * A reply as an event stream, each event made when it is asked for and sent when it is due.
 * @param pace - ms that a token takes
 * @param fault - what strikes it: after a few tokens of its answer, or else before its end
 * @internal
 */
export function* eventsOf(reply: Reply, pace: number, fault: Fault | null): Generator<Piece> {
  const start = performance.now();
  let [blow, passed, sent] = [fault, 0, 0];
  for (const chunk of chunksOf(reply)) {
    const [choice] = chunk.choices;
    if (blow && (passed === PASSED || choice?.finish_reason)) {
      yield* blowOf(blow);
      if (blow !== "badJson") return;
      blow = null;
    }
    if (choice?.delta.content || choice?.delta.tool_calls) passed += 1;
    // Timers are coarse: a token makes up for one that was late, so that the rate holds.
    const wait = choice?.finish_reason === null ? start + sent * pace - performance.now() : 0;
    if (wait > 0) yield wait;
    sent += 1;
    yield `data: ${JSON.stringify(chunk)}\n\n`;
  }
  yield "data: [DONE]\n\n";
}

/** Usage is cumulative; at the end it comes once more, on a chunk of its own. */
function* chunksOf(reply: Reply): Generator<ChatCompletionChunk> {
  const tokens = speak(reply);
  yield chunkOf(reply, usageOf(reply.prompt, 0, 0), choiceOf({ role: "assistant", content: "" }));
  let next = tokens.next();
  for (; !next.done; next = tokens.next()) yield chunkOf(reply, next.value.usage, choiceOf(next.value.delta));
  const { usage, ...ending } = next.value;
  yield chunkOf(reply, usage, { ...choiceOf({}), ...ending });
  if (reply.usage !== "none") yield { ...chunkOf(reply, usage), usage };
}

function chunkOf({ id, model, usage: told }: Reply, usage: Usage, ...choices: ChunkChoice[]): ChatCompletionChunk {
  const chunk: ChatCompletionChunk = { id, object: "chat.completion.chunk", created: CREATED, model, choices };
  return told === "all" ? { ...chunk, usage } : chunk;
}

function choiceOf(delta: Delta): ChunkChoice {
  return { index: 0, delta, finish_reason: null };
}
