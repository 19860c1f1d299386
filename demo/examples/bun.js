/**
 * Bun: a relay for a team, whose scripts and notebooks share one key of Baseten's without knowing it.
 *
 * `authorize` accepts requests with one of the team's tokens. The key stays on this server: if a token leaks, remove it from
 * the list, and keep the key. TOKEN_HASHES holds the tokens' SHA-256 in hexadecimal, separated by commas, so that reading
 * the variable gives no token away. Make the tokens long and random.
 *
 *     BASETEN_API_KEY=… TOKEN_HASHES=… bun bun.js
 */
import { createHash, timingSafeEqual } from "node:crypto";
import { relay } from "baseten-fetch/relay";

const hashes = process.env.TOKEN_HASHES.split(",").map((hash) => Buffer.from(hash.trim(), "hex"));

function authorize({ headers }) {
  const token = headers.get("authorization")?.replace("Bearer ", "") ?? "";
  const given = createHash("sha256").update(token).digest();
  return hashes.some((hash) => hash.length === given.length && timingSafeEqual(hash, given));
}

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: process.env.PORT ?? 8787,
  // Bun would cut a connection after 10 s of silence, and a model may think for longer.
  idleTimeout: 0,
  fetch: relay({ apiKey: () => process.env.BASETEN_API_KEY, authorize }),
});
console.log(`${server.url}`);
