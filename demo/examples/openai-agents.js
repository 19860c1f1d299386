/**
 * Node: the OpenAI Agents SDK, whose requests go to `/responses` of a relay. The relay keeps the key of Baseten; the agent
 * shows it a token of yours, if its `authorize` asks for one.
 *
 *     npm install openai @openai/agents zod
 *     RELAY_URL=http://localhost:8787/v1 RELAY_TOKEN=… node openai-agents.js "What time is it in Rome?"
 */
import { Agent, run, setDefaultOpenAIClient, setTracingDisabled, tool } from "@openai/agents";
import OpenAI from "openai";
import { z } from "zod";

// The SDK would send traces to OpenAI.
setTracingDisabled(true);
setDefaultOpenAIClient(
  new OpenAI({
    baseURL: process.env.RELAY_URL ?? "http://localhost:8787/v1",
    apiKey: process.env.RELAY_TOKEN ?? "none",
  }),
);

const time = tool({
  name: "time",
  description: "The time in a time zone, such as Europe/Rome.",
  parameters: z.object({ timeZone: z.string() }),
  execute: ({ timeZone }) => new Date().toLocaleTimeString("en", { timeZone }),
});

const agent = new Agent({
  name: "Assistant",
  instructions: "Be brief.",
  model: "openai/gpt-oss-120b",
  tools: [time],
});

const { finalOutput } = await run(agent, process.argv[2] ?? "Hello");
console.log(finalOutput);
