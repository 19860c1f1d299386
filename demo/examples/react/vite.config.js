/**
 * React with Vite: two chats, and the relay that both call, inside Vite's own server.
 *
 * The relay keeps the key on the server. Here everybody may use it (`authorize: () => true`), which is right on your own
 * machine and wrong anywhere else: node.js and hono.js beside this folder decide who may.
 *
 *     npm install react react-dom ai @ai-sdk/react baseten-fetch
 *     npm install --save-dev vite srvx
 *     BASETEN_API_KEY=… npx vite        # then open /use-chat.html or /collect.html
 */
import { relay } from "baseten-fetch/relay";
import { toNodeHandler } from "srvx/node";

function relayPlugin() {
  const handler = relay({ apiKey: () => process.env.BASETEN_API_KEY, authorize: () => true });
  const serveRelay = ({ middlewares }) => void middlewares.use("/v1", toNodeHandler(handler));
  return { name: "relay", configureServer: serveRelay, configurePreviewServer: serveRelay };
}

export default {
  plugins: [relayPlugin()],
  build: { rollupOptions: { input: ["use-chat.html", "collect.html"] } },
};
