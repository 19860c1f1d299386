import { assertValid, BasetenError } from "../error.ts";
import type { ToolCall } from "../types/chat.ts";
import type { ToolContext, ToolErrorEvent, ToolResultEvent } from "../types/tools.ts";
import { isObject, isPlainObject, parseJSON } from "./json.ts";
import { assertOptions } from "./options.ts";
import { formatIssues, type ResolvedSchema, resolveSchema, validate } from "./standard-schema.ts";

/** The result of running a call: the event, and the content of the tool message. */
interface ToolRun {
  event: ToolResultEvent | ToolErrorEvent;
  content: string;
}

/** The tools of a loop, as its requests and its calls need them. */
export interface ToolSet {
  /** The field `tools` of each request; no field if the request's own is complete, or none: servers refuse an empty list. */
  fields: { tools?: { type: string }[] };
  /** Whether the server runs the call by itself. */
  isServerCall(call: ToolCall): boolean;
  /** Whether the call is left to the caller: no `execute`, a function of `request.tools`, or arguments that are cut off. */
  isPending(call: ToolCall, finishReason: string | null): boolean;
  /** Runs a call. It never rejects: a failure is for the model to read. */
  run(call: ToolCall, signal: AbortSignal): Promise<ToolRun>;
}

type Execute = (args: unknown, context: ToolContext) => unknown;

interface ResolvedTool {
  schema: ResolvedSchema;
  description: string | undefined;
  execute: Execute | undefined;
}

const isExecute = (value: unknown): value is Execute => typeof value === "function";

function readTool(tool: unknown, path: string): ResolvedTool {
  assertOptions(tool, ["description", "parameters", "execute"], path);
  const { description, parameters, execute } = isObject(tool) ? tool : {};
  const isText = typeof description === "string" || description === undefined;
  assertValid(isText, `${path}.description`, "a string", description);
  assertValid(isExecute(execute) || execute === undefined, `${path}.execute`, "a function", execute);
  return { description, schema: resolveSchema(parameters, `${path}.parameters`), execute };
}

/** What a call of an entry of `request.tools` is recognized by: the function's name, or the type of a server-side tool. */
function readListedTool(tool: unknown): { name?: unknown; type?: unknown } {
  if (!isObject(tool)) return {};
  return isObject(tool.function) ? { name: tool.function.name } : { type: tool.type };
}

async function parseArguments(text: string, schema: ResolvedSchema): Promise<unknown> {
  // Some engines write nothing for a tool without parameters.
  const args = text.trim() ? parseJSON(text) : {};
  if (args === undefined) throw new BasetenError("InvalidResponseError", "the arguments are not JSON");
  const result = await validate(args, schema);
  if (!result.issues) return result.value;
  const { issues } = result;
  throw new BasetenError("InvalidResponseError", `the arguments do not fit: ${formatIssues(issues)}`, { issues });
}

/** Returns the content of the tool message for a result: a text as it is, anything else as JSON. */
function toResultContent(result: unknown): string {
  // JSON.stringify gives undefined for undefined and for functions.
  return typeof result === "string" ? result : (JSON.stringify(result) ?? "null");
}

/** Returns the content of the tool message for what a tool threw. */
function toErrorContent(error: unknown): string {
  const message = error instanceof Error ? error.message : error;
  return `Error: ${typeof message === "string" ? message : "the tool failed"}`;
}

/**
 * Reads the tools of `runTools` and those of the request.
 * @throws {BasetenError} `BadRequestError` that names the tool and what is wrong with it
 */
export function createToolSet(definitions: unknown, requestTools: unknown): ToolSet {
  assertValid(isPlainObject(definitions), "tools", "an object of tools by name", definitions);
  const given = requestTools ?? [];
  assertValid(Array.isArray(given), "request.tools", "an array", given);
  const listed = given.map(readListedTool);
  const isListed = (name: string): boolean => listed.some((tool) => tool.name === name);
  const tools = new Map(Object.entries(definitions).map(([name, tool]) => [name, readTool(tool, `tools.${name}`)]));
  for (const name of tools.keys()) assertValid(!isListed(name), `tools.${name}`, "a name not in request.tools", name);
  const sent = [...tools].map(([name, { description, schema }]) => ({
    type: "function",
    function: { name, description, parameters: schema.jsonSchema },
  }));

  async function execute(call: ToolCall, signal: AbortSignal): Promise<unknown> {
    const { name, arguments: args } = call.function;
    const tool = tools.get(name);
    if (tool?.execute) return tool.execute(await parseArguments(args, tool.schema), { signal, call });
    throw new BasetenError("InvalidResponseError", `no tool is named ${JSON.stringify(name)}`);
  }

  return {
    fields: sent.length > 0 ? { tools: [...given, ...sent] } : {},
    isServerCall: ({ function: called }) =>
      listed.some(({ type }) => type !== undefined && (type === called?.name || type === `baseten__${called?.name}`)),
    isPending({ type, function: called }, finishReason) {
      // A call of another type than "function" is of a tool in `request.tools`.
      if (type !== "function" || isListed(called.name)) return true;
      // No beginning of an object is JSON by itself: what parses is not cut off.
      if (finishReason === "length" && parseJSON(called.arguments) === undefined) return true;
      const tool = tools.get(called.name);
      return tool !== undefined && !tool.execute;
    },
    async run(call, signal) {
      try {
        const result = await execute(call, signal);
        return { event: { type: "tool-result", call, result }, content: toResultContent(result) };
      } catch (error) {
        return { event: { type: "tool-result", call, error }, content: toErrorContent(error) };
      }
    },
  };
}
