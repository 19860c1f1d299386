/**
 * Streams one answer to the terminal, from the real service:
 *
 *   BASETEN_API_KEY=… npm run smoke -- baseten/openai/gpt-oss-120b "Hello"
 *
 * or, with `--emulate`, from the emulator, without a key. Exits with 1, and the error's name and message, if it fails.
 */
import { parseArgs } from "node:util";
import { BasetenError, route, stream, text } from "baseten-fetch";
import { emulator } from "baseten-fetch/emulator";

const { values, positionals } = parseArgs({ allowPositionals: true, options: { emulate: { type: "boolean" } } });
const [model = "baseten/openai/gpt-oss-120b", content = "Say hello in one short sentence."] = positionals;
const options = values.emulate ? { fetch: emulator() } : {};

try {
  console.error(`${values.emulate ? "emulating " : ""}${route(model, options).url}`);
  for await (const piece of text(stream({ model, messages: [{ role: "user", content }] }, options))) {
    process.stdout.write(piece);
  }
  process.stdout.write("\n");
} catch (error) {
  if (!(error instanceof BasetenError)) throw error;
  console.error(`${error.name}: ${error.message}`);
  process.exitCode = 1;
}
