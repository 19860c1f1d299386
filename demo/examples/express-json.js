/**
 * Express 5: a relay mounted after `express.json()`, where it cannot be mounted before it. `verify` keeps the bytes of each body
 * as `rawBody`, from which the adapter of srvx reads; `limit` is Express's own, and 100 KB unless it is set.
 *
 * `authorize` accepts requests with TOKEN; put the check of your own sessions there.
 *
 *     BASETEN_API_KEY=… TOKEN=… node express-json.js
 */
import { relay } from "baseten-fetch/relay";
import express from "express";
import { toNodeHandler } from "srvx/node";

const handler = relay({
  apiKey: () => process.env.BASETEN_API_KEY,
  authorize: ({ headers }) => headers.get("authorization") === `Bearer ${process.env.TOKEN}`,
  origins: ["https://app.example.com"],
});

function verify(request, _response, bytes) {
  request.rawBody = bytes;
}

const app = express();
app.use(express.json({ limit: "10mb", strict: false, verify }));
app.use("/ai", toNodeHandler(handler));

const server = app.listen(Number(process.env.PORT ?? 8787), "127.0.0.1", () => {
  console.log(`http://127.0.0.1:${server.address().port}`);
});
