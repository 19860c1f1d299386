/**
 * Fastify 5: a relay under /ai, in a scope of its own that leaves bodies unread.
 *
 * `authorize` accepts requests with TOKEN; put the check of your own sessions there.
 *
 *     BASETEN_API_KEY=… TOKEN=… node fastify.js
 */
import { relay } from "baseten-fetch/relay";
import Fastify from "fastify";
import { toNodeHandler } from "srvx/node";

const handler = toNodeHandler(
  relay({
    apiKey: () => process.env.BASETEN_API_KEY,
    authorize: ({ headers }) => headers.get("authorization") === `Bearer ${process.env.TOKEN}`,
    origins: ["https://app.example.com"],
  }),
);

const app = Fastify();
app.register(async (scope) => {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser("*", (_request, _body, done) => done(null));
  scope.all("/ai/*", (request, reply) => {
    reply.hijack();
    return handler(request.raw, reply.raw);
  });
});
console.log(await app.listen({ host: "127.0.0.1", port: Number(process.env.PORT ?? 8787) }));
