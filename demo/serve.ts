import { fileURLToPath } from "node:url";
import { serveDemo } from "./server.js";

/** Where the demo is looked for first. */
const PORT = 8787;

/** How often it is looked whether npm is still there, in ms. */
const ORPHAN = 250;

const demo = await serveDemo({
  folder: fileURLToPath(new URL("../../demo/dist", import.meta.url)),
  port: Number(process.env.PORT || PORT),
  apiKey: process.env.BASETEN_API_KEY?.trim(),
});
console.log(demo.url);

// The second Ctrl-C finds nobody listening and ends the process by itself.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void end());

// A signal to npm alone ends its shell and not what that runs, which would keep the port for ever.
const parent = process.ppid;
const watch = process.env.npm_lifecycle_event && setInterval(() => process.ppid === parent || end(), ORPHAN);

async function end(): Promise<void> {
  if (watch) clearInterval(watch);
  await demo.close();
}
