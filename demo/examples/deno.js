/**
 * Deno: a relay for the signed-in users of your site.
 *
 * `authorize` accepts requests with a token that your site has signed, until it expires, and needs no database: the site
 * gives its page `<user>.<expiry>.<signature>`, where expiry is in seconds since 1970 and the signature is the
 * HMAC-SHA-256 of `<user>.<expiry>` by TOKEN_SECRET in hexadecimal. The page passes it as the client's `apiKey`. A stolen
 * token works until it expires: use minutes, not days.
 *
 *     BASETEN_API_KEY=… TOKEN_SECRET=… deno run --allow-net --allow-env deno.js
 */
import { relay } from "baseten-fetch/relay";

const utf8 = new TextEncoder();
const hmac = { name: "HMAC", hash: "SHA-256" };
const secret = await crypto.subtle.importKey("raw", utf8.encode(Deno.env.get("TOKEN_SECRET")), hmac, false, ["verify"]);

async function authorize({ headers }) {
  const token = headers.get("authorization")?.replace("Bearer ", "") ?? "";
  const [user, expiry, signature] = token.split(".");
  if (!signature || !(Number(expiry) > Date.now() / 1_000)) return false;
  const bytes = Uint8Array.from(signature.match(/../g) ?? [], (hex) => Number.parseInt(hex, 16));
  return crypto.subtle.verify(hmac, secret, bytes, utf8.encode(`${user}.${expiry}`));
}

const handler = relay({
  apiKey: () => Deno.env.get("BASETEN_API_KEY"),
  authorize,
  origins: ["https://app.example.com"],
});
Deno.serve({ port: Number(Deno.env.get("PORT") ?? 8787) }, handler);
