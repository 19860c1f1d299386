import { ENDPOINTS, type Environment, type Form } from "../call/form.ts";
import { type Note, needsKey } from "../call/notes.ts";
import { isScenarioId } from "../call/scenarios.ts";
import { byId, setText } from "./dom.ts";

/** The form's elements. */
export type Fields = ReturnType<typeof findFields>;

/** Finds the form's elements in the page. */
export function findFields() {
  return {
    model: byId("model", HTMLInputElement),
    environment: byId("environment", HTMLInputElement),
    endpoint: byId("endpoint", HTMLSelectElement),
    url: byId("url", HTMLInputElement),
    key: byId("key", HTMLInputElement),
    scenario: byId("scenario", HTMLSelectElement),
    message: byId("message", HTMLTextAreaElement),
    tool: byId("tool", HTMLInputElement),
  };
}

/** What the form holds now. The API key stays in its field. */
export function readForm({ model, environment, endpoint, url, scenario, tool }: Fields): Form {
  const selected = ENDPOINTS.find((id) => id === endpoint.value) ?? "emulator";
  return {
    model: model.value,
    environment: environment.value,
    endpoint: selected,
    url: url.value,
    scenario: selected === "emulator" && isScenarioId(scenario.value) ? scenario.value : "normal",
    offersTool: tool.checked,
  };
}

/** Shows a note under a field, as a problem of the field if it is one. */
export function showNote(field: HTMLElement, { text, tone }: Note): void {
  const note = byId(`${field.id}-note`);
  setText(note, text);
  note.dataset.tone = tone ?? "plain";
  if (tone === "problem") field.setAttribute("aria-invalid", "true");
  else field.removeAttribute("aria-invalid");
}

/** What is said under the message's field when there is no problem. */
export const MESSAGE_HINT: Note = { text: "Enter sends, Shift+Enter adds a line." };

/**
 * Looks for a field that must be filled in before a request is sent, says so under it, and moves the focus there.
 * What the client itself refuses is left to the client, whose error says what is wrong.
 * @returns whether one is missing
 */
export function reportMissingField(fields: Fields, question: string, environment: Environment): boolean {
  const { message, key } = fields;
  if (!question.trim()) {
    showNote(message, { text: "Write a message first.", tone: "problem" });
    message.focus();
    return true;
  }
  if (key.value.trim() || !needsKey(readForm(fields).endpoint, environment)) return false;
  showNote(key, { text: "Paste your API key, or select the emulator.", tone: "problem" });
  key.focus();
  return true;
}
