/** A chat that uses a tool, falls back to another model and ends with an object. Without `fetch` it calls Baseten. */
import { fallback, type Message, parse, runTools } from "baseten-fetch";
import { emulator } from "baseten-fetch/emulator";
import { z } from "zod";

const models = ["baseten/moonshotai/Kimi-K3", "baseten/openai/gpt-oss-120b"];
const options = { fetch: emulator({ faults: ["529"] }), maxRetries: 0 }; // the first model has no capacity
const onFallback = (error: Error, model: string) => console.warn(`${model}: ${error.message}`);
let messages: Message[] = [{ role: "user", content: "What should I wear in Paris today?" }];

const weather = {
  description: "The weather in a city",
  parameters: z.object({ city: z.string() }),
  execute: ({ city }: { city: string }) => ({ city, sky: "clear", celsius: 21 }),
};
const chat = (model: string) => runTools({ model, messages }, { weather }, options);
for await (const event of await fallback(models, chat, onFallback)) {
  if (event.type === "chunk") process.stdout.write(event.chunk.choices[0]?.delta.content ?? "");
  if (event.type === "tool-call") console.log(event.call.function.name, event.call.function.arguments);
  if (event.type === "finish") messages = event.messages;
}

messages.push({ role: "user", content: "Sum that up." });
const Advice = z.object({ clothes: z.array(z.string()), umbrella: z.boolean() });
const { value } = await fallback(models, (model) => parse({ model, messages }, Advice, options), onFallback);
console.log(value.clothes, value.umbrella);
