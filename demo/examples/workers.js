/**
 * Cloudflare Workers: a relay for a public page that anybody may try.
 *
 * `authorize` limits each visitor: Cloudflare counts the requests of each address. It cannot tell people from programs,
 * and a visitor with many addresses has as many limits.
 *
 *     // wrangler.jsonc, beside name, main and compatibility_date; then: wrangler secret put BASETEN_API_KEY
 *     "ratelimits": [{ "name": "VISITORS", "namespace_id": "1", "simple": { "limit": 20, "period": 60 } }]
 */
import { env } from "cloudflare:workers";
import { relay } from "baseten-fetch/relay";

async function authorize({ headers }) {
  // Set by Cloudflare itself: a visitor cannot forge it.
  const { success } = await env.VISITORS.limit({ key: headers.get("cf-connecting-ip") ?? "unknown" });
  return success || Response.json({ error: "slow down" }, { status: 429, headers: { "retry-after": "60" } });
}

export default {
  fetch: relay({
    apiKey: () => env.BASETEN_API_KEY,
    authorize,
    origins: ["https://app.example.com"],
    models: ["openai/gpt-oss-120b"],
  }),
};
