/**
 * Next: a relay as a route handler. Save it as `app/ai/v1/[...path]/route.js`.
 *
 * `authorize` accepts requests with TOKEN; put the check of your own sessions there.
 */
import { relay } from "baseten-fetch/relay";

const handler = relay({
  apiKey: () => process.env.BASETEN_API_KEY,
  authorize: ({ headers }) => headers.get("authorization") === `Bearer ${process.env.TOKEN}`,
  origins: ["https://app.example.com"],
});

export { handler as GET, handler as OPTIONS, handler as POST };
