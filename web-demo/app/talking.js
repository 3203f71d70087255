/* Conversations, in the worker: one for each model and engine. */
import { Conversation } from "../neurolite/conversation.js";
import { model } from "./models.js";
import { brief } from "./reading.js";

const open = new Map();

async function conversation(engine, file) {
  const key = `${engine} ${file.path}`,
    reader = await model(engine, file);
  if (!open.has(key)) open.set(key, new Conversation(reader));
  return { reader, talk: open.get(key) };
}

export const TALKING = {
  /** The next turn, remembered; and what the same text says by itself. */
  async turn({ engine, file, text }) {
    const { reader, talk } = await conversation(engine, file);
    const alone = await reader.run(text),
      answer = await talk.remember(text);
    return { answer: brief(answer, reader.metadata), alone: brief(alone, reader.metadata), turns: talk.turns };
  },

  async forget({ engine, file }) {
    (await conversation(engine, file)).talk.forget();
  },
};
