/** Model strings, and where they lead: LiteLLM's rules, edge by edge. */

import { but, MODEL_API, type Row, refused, row, SLUG, sent } from "./row.js";

const absent = { end: "NotFoundError" };
const anyProvider = "there is one provider here, so a model needs no prefix";
const notASCII = "no name of Baseten's has such a character, so no request is spent on it";

const dedicated = (code: string): string =>
  `https://model-${code}.api.baseten.co/environments/production/sync/v1/chat/completions`;

/** Where a string leads, and what the body then says. */
const leads = (model: string, url: string, says: string, more = {}): Row =>
  row(JSON.stringify(model), { model }, sent(url, { model: says }, more));

/** A string that leads nowhere. */
const nowhere = (model: string, end?: string): Row => row(JSON.stringify(model), { model }, refused(end));

export const MODELS: Row[] = [
  leads("baseten/openai/gpt-oss-120b", MODEL_API, SLUG),
  leads("baseten/zai-org/GLM-5.3", MODEL_API, "zai-org/GLM-5.3"),
  leads("baseten/abcd1234", dedicated("abcd1234"), "abcd1234"),
  // The URL keeps the code's case; a host has none, so it arrives in lower case.
  leads("baseten/ABCD1234", dedicated("abcd1234"), "ABCD1234"),
  leads("baseten/12345678", dedicated("12345678"), "12345678"),
  leads("baseten/deepseek", dedicated("deepseek"), "deepseek"),
  leads("baseten/nemotron", dedicated("nemotron"), "nemotron"),
  leads("baseten/abc1234", MODEL_API, "abc1234", absent),
  leads("baseten/abcd12345", MODEL_API, "abcd12345", absent),
  leads("baseten/abcd-123", MODEL_API, "abcd-123", absent),
  leads("baseten/abcd_123", MODEL_API, "abcd_123", absent),
  leads("baseten/abcd1234/v1", MODEL_API, "abcd1234/v1", absent),
  leads("baseten/model-abcd1234", MODEL_API, "model-abcd1234", absent),
  leads("baseten/xbaseten/abcd1234", MODEL_API, "xbaseten/abcd1234", absent),
  leads("baseten/baseten-hosted/zai-org/GLM-5", MODEL_API, "baseten-hosted/zai-org/GLM-5", absent),
  nowhere(" baseten/x"),
  nowhere(""),
  but(refused(), notASCII, leads("baseten/ａbcd1234", MODEL_API, "ａbcd1234", absent)),
  but(refused(), notASCII, leads("baseten/١٢٣٤٥٦٧٨", MODEL_API, "١٢٣٤٥٦٧٨", absent)),
  but(refused(), notASCII, leads("baseten/ abcd1234", MODEL_API, " abcd1234", absent)),
  but(refused(), "there is no model, so no request is spent on it", leads("baseten/", MODEL_API, "", absent)),
  but(
    sent(MODEL_API, { model: "baseten/abcd1234" }, absent),
    "LiteLLM finds the code in what is left without any baseten/, but does not send it as the model",
    leads("baseten/baseten/abcd1234", dedicated("abcd1234"), "baseten/abcd1234"),
  ),
  but(
    sent(MODEL_API, { model: "abcdbaseten/1234" }, absent),
    "LiteLLM takes baseten/ out of the middle of a name, and finds a code that nobody wrote",
    leads("baseten/abcdbaseten/1234", dedicated("abcd1234"), "abcdbaseten/1234"),
  ),
  but(
    refused(),
    "Python's $ lets the line feed into the host, where httpx stops it; here it is the model that is refused",
    nowhere("baseten/abcd1234\n", "InternalServerError"),
  ),
  but(sent(dedicated("abcd1234"), { model: "abcd1234" }), anyProvider, nowhere("abcd1234")),
  but(sent(MODEL_API), anyProvider, leads(SLUG, "https://api.openai.com/v1/chat/completions", "gpt-oss-120b", absent)),
  but(
    sent(MODEL_API, { model: "Baseten/abcd1234" }, absent),
    "prefixes have their case; with its slash it is a name of the Model API's",
    nowhere("Baseten/abcd1234"),
  ),
];
