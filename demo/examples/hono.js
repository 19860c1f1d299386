/**
 * Hono: a relay as one route of an application, for users whose plan pays for it.
 *
 * `authorize` accepts requests with a JSON Web Token that the application has signed (HS256, with JWT_SECRET), that has
 * not expired, and that has `"plan": "pro"`. The check is in the relay and not in a middleware before it, which would
 * refuse preflights: they carry no token.
 *
 *     BASETEN_API_KEY=… JWT_SECRET=… bun hono.js, or deno serve --allow-env hono.js, or wrangler
 */
import { relay } from "baseten-fetch/relay";
import { Hono } from "hono";
import { verify } from "hono/jwt";

async function authorize({ headers }) {
  const token = headers.get("authorization")?.replace("Bearer ", "") ?? "";
  const claims = await verify(token, process.env.JWT_SECRET, "HS256").catch(() => ({}));
  return claims.plan === "pro";
}

const handler = relay({
  apiKey: () => process.env.BASETEN_API_KEY,
  authorize,
  origins: ["https://app.example.com"],
});
const app = new Hono().get("/", (c) => c.text("The application")).all("/ai/*", (c) => handler(c.req.raw));

// Bun would cut a connection after 10 s of silence, and a model may think for longer.
export default { fetch: app.fetch, idleTimeout: 0 };
