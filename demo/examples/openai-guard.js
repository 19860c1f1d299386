/**
 * Node: OpenAI's SDK with the guard. Without `fetch: guard()`, a stream that is cut off ends this loop like a whole answer.
 *
 *     npm install openai baseten-fetch
 *     BASETEN_API_KEY=… node openai-guard.js "Why is the sky blue?"
 */
import { guard } from "baseten-fetch/guard";
import OpenAI from "openai";

const client = new OpenAI({
  apiKey: process.env.BASETEN_API_KEY,
  baseURL: process.env.BASETEN_BASE_URL ?? "https://inference.baseten.co/v1",
  fetch: guard(),
});

try {
  const chunks = await client.chat.completions.create({
    model: "openai/gpt-oss-120b",
    messages: [{ role: "user", content: process.argv[2] ?? "Hello" }],
    stream: true,
  });
  for await (const { choices } of chunks) process.stdout.write(choices[0]?.delta.content ?? "");
} catch (error) {
  // A BasetenError for a stream that failed, an OpenAI.APIError for a request that did.
  console.error(`\n${error.name}: ${error.message}`);
  process.exitCode = 1;
}
