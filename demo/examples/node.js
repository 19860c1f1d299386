/**
 * Node, through srvx: a relay for a page on the same origin, with a bound on what it may cost.
 *
 * `authorize` limits the cost for all callers together: no answer is longer than MAX_TOKENS, and no day has more than
 * PER_DAY requests. It reads the body, which the relay then sends all the same. The count is kept in this process alone.
 *
 *     BASETEN_API_KEY=… node node.js
 */
import { relay } from "baseten-fetch/relay";
import { serve } from "srvx";

const MAX_TOKENS = 1_000;
const PER_DAY = Number(process.env.PER_DAY ?? 500);
let day = "";
let requestsToday = 0;

async function authorize(request) {
  // Browsers say where a request comes from, and a page elsewhere cannot forge it.
  if (!["same-origin", null].includes(request.headers.get("sec-fetch-site"))) return false;
  if (request.method === "GET") return true;
  const body = await request.json().catch(() => null);
  // Toward Baseten the relay sends the newer name as the older one.
  const most = body?.max_completion_tokens ?? body?.max_tokens;
  if (!Number.isInteger(most) || most > MAX_TOKENS) {
    return Response.json({ error: `max_tokens: at most ${MAX_TOKENS} here` }, { status: 400 });
  }
  const today = new Date().toDateString();
  requestsToday = day === today ? requestsToday + 1 : 1;
  day = today;
  return requestsToday <= PER_DAY || Response.json({ error: "daily limit reached" }, { status: 402 });
}

const handler = relay({ apiKey: () => process.env.BASETEN_API_KEY, authorize, models: ["openai/gpt-oss-120b"] });
serve({ hostname: "127.0.0.1", port: process.env.PORT ?? 8787, fetch: handler });
