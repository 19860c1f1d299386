/** Model strings, and where requests for them go: LiteLLM's rules, edge by edge. */

import { differs, MODEL_API, type ParityCase, parityCase, refuses, SLUG, sends } from "./parity-case.js";

const absent = { end: "NotFoundError" };
const anyProvider = "there is one provider here, so a model needs no prefix";
const notASCII = "no model of Baseten's has such a character, so no request is sent";

const deploymentURL = (code: string): string =>
  `https://model-${code}.api.baseten.co/environments/production/sync/v1/chat/completions`;

/** Both send a request to this URL, with this model in the body. */
const routesTo = (model: string, url: string, bodyModel: string, more = {}): ParityCase =>
  parityCase(JSON.stringify(model), { model }, sends(url, { model: bodyModel }, more));

/** Both refuse the string. */
const isRefused = (model: string, end?: string): ParityCase =>
  parityCase(JSON.stringify(model), { model }, refuses(end));

export const MODELS: ParityCase[] = [
  routesTo("baseten/openai/gpt-oss-120b", MODEL_API, SLUG),
  routesTo("baseten/zai-org/GLM-5.3", MODEL_API, "zai-org/GLM-5.3"),
  routesTo("baseten/abcd1234", deploymentURL("abcd1234"), "abcd1234"),
  // The URL keeps the code's case; a host has none, so it arrives in lower case.
  routesTo("baseten/ABCD1234", deploymentURL("abcd1234"), "ABCD1234"),
  routesTo("baseten/12345678", deploymentURL("12345678"), "12345678"),
  routesTo("baseten/deepseek", deploymentURL("deepseek"), "deepseek"),
  routesTo("baseten/nemotron", deploymentURL("nemotron"), "nemotron"),
  routesTo("baseten/abc1234", MODEL_API, "abc1234", absent),
  routesTo("baseten/abcd12345", MODEL_API, "abcd12345", absent),
  routesTo("baseten/abcd-123", MODEL_API, "abcd-123", absent),
  routesTo("baseten/abcd_123", MODEL_API, "abcd_123", absent),
  routesTo("baseten/abcd1234/v1", MODEL_API, "abcd1234/v1", absent),
  routesTo("baseten/model-abcd1234", MODEL_API, "model-abcd1234", absent),
  routesTo("baseten/xbaseten/abcd1234", MODEL_API, "xbaseten/abcd1234", absent),
  routesTo("baseten/baseten-hosted/zai-org/GLM-5", MODEL_API, "baseten-hosted/zai-org/GLM-5", absent),
  isRefused(" baseten/x"),
  isRefused(""),
  differs(refuses(), notASCII, routesTo("baseten/ａbcd1234", MODEL_API, "ａbcd1234", absent)),
  differs(refuses(), notASCII, routesTo("baseten/١٢٣٤٥٦٧٨", MODEL_API, "١٢٣٤٥٦٧٨", absent)),
  differs(refuses(), notASCII, routesTo("baseten/ abcd1234", MODEL_API, " abcd1234", absent)),
  differs(refuses(), "there is no model, so no request is sent", routesTo("baseten/", MODEL_API, "", absent)),
  differs(
    sends(MODEL_API, { model: "baseten/abcd1234" }, absent),
    "LiteLLM finds the code in what is left without any baseten/, but does not send it as the model",
    routesTo("baseten/baseten/abcd1234", deploymentURL("abcd1234"), "baseten/abcd1234"),
  ),
  differs(
    sends(MODEL_API, { model: "abcdbaseten/1234" }, absent),
    "LiteLLM removes baseten/ from the middle of a name, and finds a code that nobody wrote",
    routesTo("baseten/abcdbaseten/1234", deploymentURL("abcd1234"), "abcdbaseten/1234"),
  ),
  differs(
    refuses(),
    "Python's $ lets the line feed into the host, where httpx stops it; here it is the model that is refused",
    isRefused("baseten/abcd1234\n", "InternalServerError"),
  ),
  differs(sends(deploymentURL("abcd1234"), { model: "abcd1234" }), anyProvider, isRefused("abcd1234")),
  differs(
    sends(MODEL_API),
    anyProvider,
    routesTo(SLUG, "https://api.openai.com/v1/chat/completions", "gpt-oss-120b", absent),
  ),
  differs(
    sends(MODEL_API, { model: "Baseten/abcd1234" }, absent),
    "the prefix is case-sensitive; with its slash the string is a name for the Model API",
    isRefused("Baseten/abcd1234"),
  ),
];
