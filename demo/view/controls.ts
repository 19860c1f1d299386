import { noteOn, type Surroundings } from "../call/endpoints.js";
import { type BadDay, FAULTS } from "../call/faults.js";
import { type Fields, isProxied, LITELLM_ADDRESS } from "../call/fields.js";
import { PRESETS, type Preset } from "../call/presets.js";
import type { Ask } from "./ask.js";
import { byId, el, setText } from "./dom.js";
import { relayHelp } from "./relay-help.js";

function apply({ model, environment }: Preset, ask: Ask): void {
  ask.model.value = model;
  ask.environment.value = environment;
  // A proxy is somewhere else than Baseten: it needs an address.
  if (isProxied(model) && ask.endpoint.value !== "emulator") {
    ask.endpoint.value = "url";
    ask.url.value ||= LITELLM_ADDRESS;
  }
}

function presetButton(preset: Preset, ask: Ask, changed: () => void): HTMLElement {
  const { model, environment, label } = preset;
  const name = model.replace(/^baseten\//, "");
  const button = el(
    "button",
    { type: "button" },
    el("span", { class: "mono" }, name),
    el("small", {}, environment || label),
  );
  button.addEventListener("click", () => {
    apply(preset, ask);
    changed();
  });
  return button;
}

function offerFaults(ask: Ask): void {
  const options = Object.entries<BadDay>(FAULTS).map(([value, { label }]) => el("option", { value }, label));
  ask.fault.replaceChildren(...options);
}

/** A relay that is not there cannot be chosen; one that holds a key is the way to Baseten from the start. */
function offerRelay({ endpoint }: Ask, { relay }: Surroundings): void {
  const option = endpoint.querySelector<HTMLOptionElement>('option[value="relay"]');
  if (option) option.disabled = relay === "none";
  if (relay === "keyed") endpoint.value = "relay";
}

function showKey({ key }: Ask, button: HTMLButtonElement): void {
  button.addEventListener("click", () => {
    const hidden = key.type === "password";
    key.type = hidden ? "text" : "password";
    button.textContent = hidden ? "Hide" : "Show";
  });
}

/** Fills the controls and listens to them. */
export function prepareControls(ask: Ask, surroundings: Surroundings, changed: () => void): void {
  byId("presets", HTMLElement).replaceChildren(...PRESETS.map((preset) => presetButton(preset, ask, changed)));
  offerFaults(ask);
  offerRelay(ask, surroundings);
  showKey(ask, byId("key-show", HTMLButtonElement));
  const { key: _, ...shown } = ask;
  for (const field of Object.values(shown)) field.addEventListener("input", changed);
}

function showEndpoint(fields: Fields, surroundings: Surroundings): void {
  const { text, tone, relay } = noteOn(fields, surroundings);
  const note = byId("endpoint-note", HTMLElement);
  note.classList.toggle("caution", tone === "caution");
  setText(note, text);
  const lines = byId("endpoint-relay", HTMLElement);
  lines.hidden = !relay;
  if (relay && !lines.hasChildNodes()) lines.append(relayHelp(surroundings.origin));
  byId("url-field", HTMLElement).hidden = fields.endpoint !== "url";
}

function showFault({ endpoint, fault }: Fields, ask: Ask): void {
  const emulated = endpoint === "emulator";
  const { watch }: BadDay = FAULTS[fault];
  const words = emulated ? watch : "Only the emulator has bad days on purpose.";
  ask.fault.disabled = !emulated;
  setText(byId("fault-note", HTMLElement), words);
}

/** Says what is to be known of the chosen endpoint and of the chosen bad day. */
export function showNotes(fields: Fields, ask: Ask, surroundings: Surroundings): void {
  showEndpoint(fields, surroundings);
  showFault(fields, ask);
}
