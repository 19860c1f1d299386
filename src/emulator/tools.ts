import type { Delta, Tool, ToolCall } from "../types/chat.ts";
import { type ChatBody, nameOf } from "./check.ts";
import { instanceOf } from "./instance.ts";
import { afterTool, lastWords, wordsOf } from "./prompt.ts";
import { hash, tokensOf } from "./text.ts";

/**
 * The calls that a request gets: none after a tool's result, else with `tool_choice` the function that it insists on,
 * else each tool whose name is among the user's last words (but one, with `parallel_tool_calls: false`), else the first.
 * @throws {BasetenError} a refusal if no value fits a tool's parameters
 * @internal
 */
export function callsOf(chat: ChatBody): ToolCall[] {
  const { tools, tool_choice, messages } = chat;
  if (!tools || tool_choice === "none" || afterTool(messages)) return [];
  return chosen(tools, chat).map((tool) => {
    const { name, parameters } = tool.function;
    const param = `tools[${tools.indexOf(tool)}].function.parameters`;
    const given = parameters == null ? {} : instanceOf(parameters, wordsOf(messages), param);
    const id = `call_${hash(JSON.stringify([messages, name])).toString(16)}`;
    return { id, type: "function", function: { name, arguments: JSON.stringify(given) } };
  });
}

function chosen(tools: Tool[], { tool_choice, parallel_tool_calls, messages }: ChatBody): Tool[] {
  const insisted = tools.filter((tool) => tool.function.name === nameOf(tool_choice));
  const words = lastWords(messages).split(/[^\w-]+/);
  const mentioned = tools.filter((tool) => words.includes(tool.function.name));
  const [first, ...others] = [insisted, mentioned, tools].find((list) => list.length > 0) ?? [];
  if (!first) return [];
  return parallel_tool_calls !== false && !insisted.length && mentioned.length > 0 ? [first, ...others] : [first];
}

/**
 * A call in pieces, as Baseten's engines send it: its first event holds two deltas, and each later delta bears an id
 * of its own, of which only the first counts.
 * @internal
 */
export function* deltasOf(
  { id, type, function: { name, arguments: given } }: ToolCall,
  index: number,
): Generator<Delta> {
  let count = 0;
  for (const token of tokensOf(given)) {
    const opening = count === 0 ? [{ index, id, type, function: { name, arguments: "" } }] : [];
    count += 1;
    yield { tool_calls: [...opening, { index, id: `${id}_${count}`, function: { arguments: token } }] };
  }
}
