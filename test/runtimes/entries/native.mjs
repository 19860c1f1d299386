/**
 * Runs the suites as React Native has it, with the packages that React Native itself is made of: whatwg-fetch over
 * XMLHttpRequest (a Response without a body), abort-controller (signals without a reason), and without what its engine
 * lacks. `<origin of the server> [expo]`: with `expo`, calls are given a fetch that streams, as `expo/fetch` is; here it
 * is Node's, which needs streams and signals of its own kind.
 */
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const [api, expo] = process.argv.slice(2);
const { fetch: streaming } = globalThis;

const others = ["fetch", "Headers", "Request", "Response"];
const absent = ["TextDecoderStream", "structuredClone"];
const signals = ["ReadableStream", "AbortController", "AbortSignal", "DOMException"];
for (const name of [...others, ...absent, ...(expo ? [] : signals)]) delete globalThis[name];
if (expo) for (const name of ["any", "timeout"]) delete AbortSignal[name];

/** React Native's answers are blobs, which it reads by FileReader. */
class BlobRequest extends require("xhr2") {
  constructor() {
    super();
    this.addEventListener("readystatechange", () => {
      if (this.response instanceof ArrayBuffer) this.response = new Blob([this.response]);
    });
  }

  send(body) {
    this.responseType = "arraybuffer";
    super.send(body);
  }
}

class FileReader {
  readAsText(blob) {
    const done = (result) => this.onload(Object.assign(this, { result }));
    blob.text().then(done, this.onerror);
  }
}

Object.assign(globalThis, { XMLHttpRequest: BlobRequest, FileReader, self: globalThis, window: globalThis });
require("abort-controller/polyfill");
await import("whatwg-fetch");

const lib = await import("../../../dist/index.js");
const { run } = await import("../suite/index.mjs");
console.log(JSON.stringify(await run({ lib, api, options: expo ? { fetch: streaming } : {} })));
