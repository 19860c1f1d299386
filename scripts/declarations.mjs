/**
 * Bundles the declarations that tsc wrote to `build` into one file per entry of the package. A warning is a failure:
 * a type that users meet but cannot import, or a comment that editors cannot show.
 */
import { join } from "node:path";
import { CompilerState, Extractor, ExtractorConfig } from "@microsoft/api-extractor";

const folder = join(import.meta.dirname, "..");
const entries = [
  ["index", join(folder, "build/index.d.ts")],
  ["relay", join(folder, "build/relay/index.d.ts")],
  ["emulator", join(folder, "build/emulator/index.d.ts")],
  ["guard", join(folder, "build/guard/index.d.ts")],
  ["ai-sdk", join(folder, "build/ai-sdk/index.d.ts")],
];

const none = { logLevel: "none" };
const warning = { logLevel: "warning" };

const configs = entries.map(([name, mainEntryPointFilePath]) =>
  ExtractorConfig.prepare({
    packageJsonFullPath: join(folder, "package.json"),
    configObject: {
      projectFolder: folder,
      mainEntryPointFilePath,
      compiler: { tsconfigFilePath: "<projectFolder>/tsconfig.json" },
      apiReport: { enabled: false },
      // What scripts/api-docs.mjs makes the reference of.
      docModel: { enabled: true, apiJsonFilePath: `<projectFolder>/build/api/${name}.api.json` },
      tsdocMetadata: { enabled: false },
      dtsRollup: { enabled: true, untrimmedFilePath: `<projectFolder>/dist/${name}.d.ts` },
      messages: {
        tsdocMessageReporting: {
          default: warning,
          // `@throws {Type}` is JSDoc's, which TypeScript and editors read.
          "tsdoc-malformed-inline-tag": none,
          "tsdoc-escape-right-brace": none,
        },
        extractorMessageReporting: {
          default: warning,
          "ae-missing-release-tag": none,
          // What the other entries share with the client is exported by the client.
          ...(name !== "index" && { "ae-forgotten-export": none }),
        },
      },
    },
  }),
);

// One program for all: most of the time goes into making it.
const compilerState = CompilerState.create(configs[0], { additionalEntryPoints: entries.map(([, file]) => file) });
const messageCallback = (message) => {
  message.handled = message.logLevel === "verbose" || message.logLevel === "info";
};
const results = configs.map((config) => Extractor.invoke(config, { compilerState, messageCallback }));
process.exitCode = results.every((result) => result.succeeded) ? 0 : 1;
