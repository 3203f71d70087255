import assert from "node:assert/strict";
import { test } from "node:test";
import { bytesOf, golden, module } from "./vectors.mjs";

const { model_id, state: specs, initial, files, refused } = await golden("states");
const { Conversation } = await module("conversation");
const { initialState, KINDS } = await module("state");
const { decodeState, encodeState } = await module("state_file");
const { NeuroLiteError } = await module("errors");

const metadata = { model_id, state: specs };
const tensors = (hex) =>
  Object.fromEntries(specs.map(({ name, dtype }) => [name, new KINDS[dtype](bytesOf(hex[name]).buffer)]));

test("a conversation begins as everywhere", () => {
  assert.deepEqual(initialState(specs), tensors(initial));
});

test("files are equal byte for byte, and read again", () => {
  for (const { name, turns, values, bytes } of files) {
    assert.deepEqual(encodeState(metadata, tensors(values), turns), bytesOf(bytes), name);
    assert.deepEqual(decodeState(bytesOf(bytes), metadata), { state: tensors(values), turns }, name);
  }
});

test("what is no state of this model is refused", () => {
  const reasons = { "not a state": /no saved state/, damaged: /damaged|not finite/, "newer version": /version 2/ };
  reasons["another model"] = /another model|other tensors/;
  for (const { name, why, bytes } of refused) {
    const opened = () => decodeState(bytesOf(bytes), metadata);
    assert.throws(opened, (error) => error instanceof NeuroLiteError && reasons[why].test(error.message), name);
  }
});

test("a conversation goes on, whether its model answers at once or later", async () => {
  const count = (state) => ({ ...initialState(specs), position: Int32Array.of(state.position[0] + 1) });
  const run = (text, { state }) => ({ text, state: count(state) });
  for (const model of [{ metadata, run }, { metadata, run: async (...given) => run(...given) }]) {
    const conversation = new Conversation(model);
    await conversation.ask("asked");
    await conversation.remember("one");
    assert.equal((await conversation.remember("two")).state.position[0], 1);
    const again = Conversation.open(conversation.save(), model);
    assert.equal(again.turns, 2);
    assert.deepEqual(again.save(), conversation.save());
    assert.equal((await again.ask("three")).state.position[0], 2);
    conversation.forget();
    assert.deepEqual(conversation.save(), bytesOf(files[0].bytes));
  }
  assert.throws(() => new Conversation({ metadata: { state: [] } }), NeuroLiteError);
});
