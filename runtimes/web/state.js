/* What a model remembers of a conversation: tensors by name. */
import { kindOf, NeuroLiteError, shown } from "./errors.js";

export const KINDS = { float32: Float32Array, int32: Int32Array };

/** Numbers of a tensor, for one conversation. */
export const sizeOf = ({ shape }) => shape.reduce((size, axis) => size * axis, 1);

/** What a conversation begins with. */
export function initialState(specs) {
  return Object.fromEntries(specs.map((spec) => [spec.name, new KINDS[spec.dtype](sizeOf(spec)).fill(spec.initial)]));
}

/** A state that somebody gives; refused where it is not one of the specs. */
export function checkState(specs, state) {
  const has = specs.length ? `it keeps ${specs.map(({ name }) => name).join(", ")}` : "it keeps no state";
  if (typeof state !== "object" || state === null) {
    throw new NeuroLiteError(`A state is an object of tensors by name, not ${kindOf(state)}.`);
  }
  const unknown = Object.keys(state).find((name) => !specs.some((spec) => spec.name === name));
  if (unknown !== undefined) throw new NeuroLiteError(`The model knows no state ${shown(unknown)}; ${has}.`);
  for (const spec of specs) {
    const values = state[spec.name], Kind = KINDS[spec.dtype];
    if (!(values instanceof Kind) || values.length !== sizeOf(spec)) {
      throw new NeuroLiteError(`The state ${shown(spec.name)} has to be a ${Kind.name} of ${sizeOf(spec)} numbers.`);
    }
    if (!values.every(Number.isFinite)) {
      throw new NeuroLiteError(`The state ${shown(spec.name)} has values that are not finite; begin again without it.`);
    }
  }
  return state;
}
