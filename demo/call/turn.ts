import type { ChatCompletionChunk, Message, Pricing, ToolCall, ToolEvent, Usage } from "baseten-fetch";
import type { EndpointId } from "./form.ts";
import { describeError, type Mark } from "./recorder.ts";
import type { ScenarioId } from "./scenarios.ts";

/** A tool call of an answer; `result` is the text that the model was sent, once there is one. */
export interface ToolUse {
  call: ToolCall;
  result?: string;
}

/** One answer of the model. A turn has several if the model calls tools. */
export interface Step {
  reasoning: string;
  content: string;
  tools: ToolUse[];
  usage?: Usage;
  finishReason?: string;
}

/** A question and its answer. */
export interface Turn {
  question: string;
  endpoint: EndpointId;
  scenario: ScenarioId;
  /** `performance.now()` when it began. */
  started: number;
  marks: Mark[];
  steps: Step[];
  outcome: "running" | "complete" | "stopped" | "failed";
  error?: unknown;
  /** Ms from the beginning to the end. */
  duration?: number;
  pricing?: Pricing;
}

/** A turn that has just begun. */
export function createTurn({ question, endpoint, scenario }: Pick<Turn, "question" | "endpoint" | "scenario">): Turn {
  const started = performance.now();
  return { question, endpoint, scenario, started, marks: [], steps: [], outcome: "running" };
}

/** The step that chunks belong to now: a new one after the tools of the last one were called. */
function openStep({ steps }: Turn): Step {
  const last = steps.at(-1);
  if (last && last.tools.length === 0) return last;
  const step: Step = { reasoning: "", content: "", tools: [] };
  steps.push(step);
  return step;
}

function addChunk(step: Step, { choices, usage }: ChatCompletionChunk): void {
  const [choice] = choices;
  step.content += choice?.delta.content ?? "";
  step.reasoning += choice?.delta.reasoning_content ?? "";
  if (choice?.finish_reason) step.finishReason = choice.finish_reason;
  if (usage) step.usage = usage;
}

function readResult(event: Extract<ToolEvent, { type: "tool-result" }>): string {
  if ("error" in event) return describeError(event.error);
  return typeof event.result === "string" ? event.result : JSON.stringify(event.result);
}

/** Adds what the call has delivered to the turn. */
export function addEvent(turn: Turn, event: ToolEvent): void {
  const tools = turn.steps.at(-1)?.tools ?? [];
  if (event.type === "chunk") addChunk(openStep(turn), event.chunk);
  if (event.type === "tool-call") tools.push({ call: event.call });
  if (event.type !== "tool-result") return;
  const use = tools.find(({ call }) => call.id === event.call.id);
  if (use) use.result = readResult(event);
}

function toStepMessages({ content, tools }: Step): Message[] {
  const answered = tools.filter(({ result }) => result !== undefined);
  if (answered.length < tools.length || (!content && tools.length === 0)) return [];
  const calls = tools.length > 0 ? { tool_calls: tools.map(({ call }) => call) } : {};
  const results = tools.map(
    ({ call, result = "" }): Message => ({
      role: "tool",
      tool_call_id: call.id,
      content: result,
    }),
  );
  return [{ role: "assistant", content: content || null, ...calls }, ...results];
}

/** The messages of the turns that later requests carry: the complete and the stopped ones. */
export function toMessages(turns: readonly Turn[]): Message[] {
  return turns
    .filter(({ outcome }) => outcome === "complete" || outcome === "stopped")
    .flatMap(({ question, steps }) => [{ role: "user", content: question }, ...steps.flatMap(toStepMessages)]);
}

/** The text of a turn's answer. */
export function joinContent({ steps }: Turn): string {
  return steps.map(({ content }) => content).join("");
}
