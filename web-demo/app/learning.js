/* Labels that are taught, in the worker. The learner's file is kept in the browser after every change. */
import { Learner } from "../neurolite/learner.js";
import { read, remove, write } from "./kept.js";
import { model } from "./models.js";

const learners = new Map();

async function named({ engine, file }) {
  const reader = await model(engine, file);
  return { reader, name: `${reader.metadata.model_id}.nls` };
}

async function opened(asked) {
  const { reader, name } = await named(asked);
  if (!learners.has(name)) {
    const kept = await read(name);
    learners.set(name, kept === undefined ? Learner.begin(reader.metadata) : Learner.open(kept, reader.metadata));
  }
  return { reader, name, learner: learners.get(name) };
}

/** Labels, each with its examples. */
function listed(learner) {
  const examples = learner.examples(),
    own = new Map();
  for (const { id, label, text } of examples) own.set(label, [...(own.get(label) ?? []), { id, text }]);
  return Array.from(own, ([label, texts]) => ({ label, texts }));
}

/* A change of the learner, kept before the page hears of it. */
const changing = (change) => async (asked) => {
  const { reader, name, learner } = await opened(asked);
  try {
    await change(learner, asked, reader);
    await write(name, learner.save());
  } catch (error) {
    learners.delete(name); // what is in the browser is what counts
    throw error;
  }
  return listed(learner);
};

export const LEARNING = {
  learned: async (asked) => listed((await opened(asked)).learner),

  teach: changing(async (learner, { label, text }, reader) => learner.add(label, text, await reader.run(text))),

  /** What is taken away is gone from the kept bytes as well. */
  unteach: changing((learner, { id }) => {
    learner.remove(id);
    learner.compact();
  }),

  forgetLabel: changing((learner, { label }) => learner.forget(label)),

  async forgetAll(asked) {
    const { name } = await named(asked);
    await remove(name);
    learners.delete(name);
    return [];
  },

  /** Of a text what was learned says; null where nothing was. */
  async try({ text, ...asked }) {
    const { reader, learner } = await opened(asked);
    return learner.examples().length === 0 ? null : learner.classify(await reader.run(text));
  },

  exportStore: async (asked) => (await opened(asked)).learner.save(),

  importStore: changing((learner, { bytes }) => learner.importStore(bytes)),
};
