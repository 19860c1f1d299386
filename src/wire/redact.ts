/** A shorter key may stand in ordinary text, and is left there. */
const MIN_KEY_CHARS = 8;

/** So many leading characters of the key at the end of a text are taken for a cut key. */
const MIN_FRAGMENT_CHARS = 4;

/** One character of the key, plain or as JSON may escape it. */
function characterPattern(char: string): string {
  const hex = char.charCodeAt(0).toString(16);
  const plain = char.replace(/[^a-z0-9]/i, "\\$&");
  return `\\\\?${plain}|\\\\u00(?:${hex}|${hex.toUpperCase()})`;
}

/** Finds the whole key, or its beginning where the text ends inside it, even inside an escape. */
function keyPattern(key: string): RegExp {
  const characters = Array.from(key, characterPattern);
  const start = characters.slice(0, MIN_FRAGMENT_CHARS).map((pattern) => `(?:${pattern})`);
  // At the end of the text every further character matches the empty `$`, so that no group has to be nested.
  const rest = characters.slice(MIN_FRAGMENT_CHARS).map((pattern) => `(?:${pattern}|(?:\\\\(?:u[\\da-fA-F]{0,3})?)?$)`);
  return new RegExp([...start, ...rest].join(""), "g");
}

/**
 * Returns a function that replaces each occurrence of the key by `***`, also where its characters are JSON-escaped (one
 * level), and a beginning of it of 4 characters or more at the end of a text: a connection that closes inside the key
 * cannot be told from an end.
 */
export function createRedactor(key: string): (text: string) => string {
  if (key.length < MIN_KEY_CHARS) return (text) => text;
  const pattern = keyPattern(key);
  return (text) => text.replace(pattern, "***");
}
