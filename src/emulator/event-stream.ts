import type { ChatCompletionChunk, ChunkChoice, Delta, Usage } from "../types/chat.ts";
import { type Fault, injectFault } from "./faults.ts";
import { CREATED_SECONDS, createUsage, type Generation, generateTokens } from "./generation.ts";
import type { BodyPiece } from "./response-body.ts";

/** How many tokens of content or tool calls come before a fault. */
const TOKENS_BEFORE_FAULT = 3;

/**
 * Generates the events of a streamed answer, each when it is read and not before it is due.
 * @param msPerToken - the pace of the tokens
 * @param fault - injected after the first tokens of content or tool calls, at the latest before the finish reason
 */
export function* generateEvents(generation: Generation, msPerToken: number, fault: Fault | null): Generator<BodyPiece> {
  const start = performance.now();
  let pendingFault = fault;
  let answerTokens = 0;
  let sentChunks = 0;
  for (const chunk of generateChunks(generation)) {
    const [choice] = chunk.choices;
    if (pendingFault && (answerTokens === TOKENS_BEFORE_FAULT || choice?.finish_reason)) {
      yield* injectFault(pendingFault);
      if (pendingFault !== "badJson") return;
      pendingFault = null;
    }
    if (choice?.delta.content || choice?.delta.tool_calls) answerTokens += 1;
    // Timers are coarse: each token is due at a fixed time after the start, so a late one does not delay the others.
    const wait = choice?.finish_reason === null ? start + sentChunks * msPerToken - performance.now() : 0;
    if (wait > 0) yield wait;
    sentChunks += 1;
    yield `data: ${JSON.stringify(chunk)}\n\n`;
  }
  yield "data: [DONE]\n\n";
}

/** Usage is cumulative on every chunk, and comes once more at the end on a chunk without choices. */
function* generateChunks(generation: Generation): Generator<ChatCompletionChunk> {
  const tokens = generateTokens(generation);
  const noUsage = createUsage(generation.promptTokens, 0, 0);
  yield createChunk(generation, noUsage, createChoice({ role: "assistant", content: "" }));
  let token = tokens.next();
  for (; !token.done; token = tokens.next()) {
    yield createChunk(generation, token.value.usage, createChoice(token.value.delta));
  }
  const { usage, ...end } = token.value;
  yield createChunk(generation, usage, { ...createChoice({}), ...end });
  if (generation.usageChunks !== "none") yield { ...createChunk(generation, usage), usage };
}

function createChunk({ id, model, usageChunks }: Generation, usage: Usage, ...choices: ChunkChoice[]) {
  const chunk: ChatCompletionChunk = { id, object: "chat.completion.chunk", created: CREATED_SECONDS, model, choices };
  return usageChunks === "all" ? { ...chunk, usage } : chunk;
}

function createChoice(delta: Delta): ChunkChoice {
  return { index: 0, delta, finish_reason: null };
}
