/**
 * Node: Anthropic's SDK, whose requests go to `/messages` of a relay. The relay keeps the key of Baseten; the SDK shows it
 * a token of yours as `authToken`, if its `authorize` asks for one. The SDK adds `/v1` to the address by itself.
 *
 *     npm install @anthropic-ai/sdk
 *     RELAY_URL=http://localhost:8787 RELAY_TOKEN=… node anthropic.js "Why is the sky blue?"
 */
import Anthropic from "@anthropic-ai/sdk";

const client = new Anthropic({
  baseURL: process.env.RELAY_URL ?? "http://localhost:8787",
  authToken: process.env.RELAY_TOKEN ?? "none",
  // Else the SDK would send a key of Anthropic's that it finds in the environment.
  apiKey: null,
});

const answer = client.messages.stream({
  model: "openai/gpt-oss-120b",
  max_tokens: 1_000,
  messages: [{ role: "user", content: process.argv[2] ?? "Hello" }],
});
answer.on("text", (text) => process.stdout.write(text));
const { stop_reason } = await answer.finalMessage();
console.log(`\n(${stop_reason})`);
