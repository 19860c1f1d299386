/** Runs the suites on Workers: the URL's `api` is the origin of the server. */
import * as emulator from "../../../dist/emulator.js";
import * as lib from "../../../dist/index.js";
import * as relay from "../../../dist/relay.js";
import { run } from "../suite/index.mjs";
import { environment } from "./environment.mjs";

export default {
  async fetch(request) {
    const api = new URL(request.url).searchParams.get("api");
    return Response.json(await run({ lib, api, env: environment(), servers: { ...emulator, ...relay } }));
  },
};
