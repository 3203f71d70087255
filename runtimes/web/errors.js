/** What is wrong with a file, a text or a call; the message is for people. */
export class NeuroLiteError extends Error {
  name = "NeuroLiteError";
}

/** What a value is, for messages. */
export const kindOf = (value) => (value === null ? "null" : (value?.constructor?.name ?? typeof value));

/** A value from outside as a message has it, on one line and not too long. */
export function shown(value) {
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
