/**
 * Express 5: a relay under /ai, mounted before `express.json()`, which would read the body.
 *
 * `authorize` accepts requests with TOKEN; put the check of your own sessions there.
 *
 *     BASETEN_API_KEY=… TOKEN=… node express.js
 */
import { relay } from "baseten-fetch/relay";
import express from "express";
import { toNodeHandler } from "srvx/node";

const handler = relay({
  apiKey: () => process.env.BASETEN_API_KEY,
  authorize: ({ headers }) => headers.get("authorization") === `Bearer ${process.env.TOKEN}`,
  origins: ["https://app.example.com"],
});

const app = express();
app.use("/ai", toNodeHandler(handler));
app.use(express.json());
app.get("/", (_request, response) => response.send("The application"));

const server = app.listen(Number(process.env.PORT ?? 8787), "127.0.0.1", () => {
  console.log(`http://127.0.0.1:${server.address().port}`);
});
