import { type EndpointId, type Environment, isDedicated, isProxied } from "../call/form.ts";
import { chooseEndpointForKey, noteOnEndpoint, noteOnKey, noteOnScenario } from "../call/notes.ts";
import { LITELLM_URL } from "../call/plan.ts";
import { findScenario, SCENARIOS } from "../call/scenarios.ts";
import { byId, el } from "./dom.ts";
import { type Fields, readForm, showNote } from "./fields.ts";

const DEDICATED_MODEL = "baseten/abcd1234";

function applyPreset({ dataset }: HTMLElement, { model, environment, endpoint, url }: Fields): void {
  model.value = dataset.model ?? "";
  environment.value = dataset.environment ?? "";
  if (!isProxied(model.value) || endpoint.value === "emulator") return;
  endpoint.value = "custom";
  url.value ||= LITELLM_URL;
}

function offerScenarios(fields: Fields): void {
  const { scenario, model } = fields;
  const options = Object.entries(SCENARIOS).map(([value, { label }]) => el("option", { value }, label));
  scenario.replaceChildren(...options);
  scenario.addEventListener("input", () => {
    const { needsDeployment } = findScenario(readForm(fields).scenario);
    if (needsDeployment && !isDedicated(model.value)) model.value = DEDICATED_MODEL;
  });
}

function offerRelay({ endpoint }: Fields, { relay }: Environment): void {
  const option = endpoint.querySelector<HTMLOptionElement>('[value="relay"]');
  if (option) option.disabled = relay === "none";
  if (relay === "keyed") endpoint.value = "relay";
}

function makeKeyVisible({ key }: Fields, toggle: HTMLButtonElement): void {
  toggle.addEventListener("click", () => {
    key.type = key.type === "password" ? "text" : "password";
    toggle.textContent = key.type === "password" ? "Show" : "Hide";
  });
}

/** Fills the setup's controls, listens to them, and returns a function that shows the notes under them. */
export function prepareSetup(fields: Fields, environment: Environment, onChange: () => void): () => void {
  const { model, environment: target, endpoint, url, key, scenario } = fields;
  /** The endpoint that was selected because a key was typed, until the visitor selects one. */
  let endpointOfKey: EndpointId | undefined;

  function showNotes(): void {
    const form = readForm(fields);
    const note = noteOnEndpoint(form, environment);
    const reason = form.endpoint === endpointOfKey ? "Selected for your API key. " : "";
    showNote(endpoint, { ...note, text: reason + note.text });
    byId("url-field").hidden = form.endpoint !== "custom";
    const keyNote = noteOnKey(form, environment, key.value !== "");
    showNote(key, keyNote);
    key.disabled = keyNote.disabled;
    scenario.disabled = form.endpoint !== "emulator";
    showNote(scenario, noteOnScenario(form));
  }

  function selectForKey(): void {
    const current = readForm(fields).endpoint;
    const selected = chooseEndpointForKey(current, environment);
    if (!key.value) endpointOfKey = undefined;
    else if (selected !== current) {
      endpointOfKey = selected;
      endpoint.value = selected;
    }
    onChange();
  }

  for (const preset of byId("presets").querySelectorAll("button")) {
    preset.addEventListener("click", () => {
      applyPreset(preset, fields);
      onChange();
    });
  }
  offerScenarios(fields);
  offerRelay(fields, environment);
  makeKeyVisible(fields, byId("key-show", HTMLButtonElement));
  endpoint.addEventListener("input", () => {
    endpointOfKey = undefined;
  });
  key.addEventListener("input", selectForKey);
  for (const field of [model, target, endpoint, url, scenario]) field.addEventListener("input", onChange);
  return showNotes;
}
