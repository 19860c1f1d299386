import { fileURLToPath } from "node:url";
import { serveDemo } from "./server.js";

/** Where the demo is looked for first. */
const PORT = 8787;

const demo = await serveDemo({
  folder: fileURLToPath(new URL("../../demo/dist", import.meta.url)),
  port: Number(process.env.PORT || PORT),
  apiKey: process.env.BASETEN_API_KEY?.trim(),
});
console.log(demo.url);

// The second Ctrl-C finds nobody listening and ends the process by itself.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void demo.close());
