import { relayLines } from "./advice.js";
import type { Ask } from "./ask.js";
import { copyable } from "./copy.js";
import { byId, el } from "./dom.js";
import { noteOn, type Surroundings } from "./endpoints.js";
import { type BadDay, FAULTS } from "./faults.js";
import { type Fields, isProxied, LITELLM_ADDRESS } from "./fields.js";
import { PRESETS, type Preset } from "./presets.js";

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

/** Says what is to be known of the chosen endpoint and of the chosen bad day. */
export function showNotes(fields: Fields, ask: Ask, surroundings: Surroundings): void {
  const { text, tone, relay } = noteOn(fields, surroundings);
  const note = byId("endpoint-note", HTMLElement);
  note.className = `note ${tone}`;
  note.replaceChildren(el("p", {}, text), ...(relay ? [copyable(relayLines(surroundings.origin))] : []));
  byId("url-field", HTMLElement).hidden = fields.endpoint !== "url";
  const emulated = fields.endpoint === "emulator";
  ask.fault.disabled = !emulated;
  const day: BadDay = FAULTS[fields.fault];
  const calm = "Choose a bad day, and see what the client makes of it.";
  byId("fault-note", HTMLElement).textContent = emulated
    ? day.watch || calm
    : "Only the emulator has bad days on purpose.";
}
