import { fileURLToPath } from "node:url";
import { serveDemo } from "./server.ts";

const DEFAULT_PORT = 8787;
const MAX_PORT = 65_535;

/** How often to check whether npm still runs, in ms. */
const PARENT_CHECK_MS = 250;

function readPort(value: string | undefined): number {
  const port = Number(value || DEFAULT_PORT);
  if (Number.isInteger(port) && port >= 0 && port <= MAX_PORT) return port;
  console.error(`PORT must be a whole number from 0 to ${MAX_PORT}, but it is "${value}".`);
  process.exit(1);
}

const apiKey = process.env.BASETEN_API_KEY?.trim();
const demo = await serveDemo({
  folder: fileURLToPath(new URL("../../demo/dist", import.meta.url)),
  port: readPort(process.env.PORT),
  ...(apiKey && { apiKey }),
});
console.log(`The playground is at ${demo.url} (press Ctrl+C to stop).`);

// A second Ctrl+C finds no listener and ends the process at once.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void stop());

// A signal that reaches npm alone would leave this process behind, and the port taken.
const parent = process.ppid;
const check = process.env.npm_lifecycle_event && setInterval(() => process.ppid === parent || stop(), PARENT_CHECK_MS);

async function stop(): Promise<void> {
  if (check) clearInterval(check);
  await demo.close();
}
