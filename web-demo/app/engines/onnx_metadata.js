/* What an .onnx file says of itself: ModelProto.metadata_props, which onnxruntime-web does not give. */

const VARINT = 0,
  EIGHT = 1,
  SIZED = 2,
  FOUR = 5; // kinds of fields of protocol buffers
const PROPERTIES = 14,
  KEY = 1,
  VALUE = 2;
const decoder = new TextDecoder("utf-8", { fatal: true });

/** The metadata of a file that neurolite-export made, a JSON text. */
export function metadataText(bytes) {
  try {
    for (const entry of sized(bytes, PROPERTIES)) {
      const [key] = sized(entry, KEY),
        [value] = sized(entry, VALUE);
      if (key !== undefined && decoder.decode(key) === "neurolite") return decoder.decode(value);
    }
  } catch (error) {
    throw new Error(`The .onnx file is damaged: ${error.message}. Export it again.`);
  }
  throw new Error("The .onnx file was not made by neurolite-export: it has no metadata of NeuroLite.");
}

/** The contents of the fields of a number, as views. */
function sized(bytes, wanted) {
  const found = [];
  let at = 0;
  const varint = () => {
    let value = 0,
      unit = 1;
    for (;;) {
      if (at >= bytes.length || unit > 2 ** 63) throw new Error("a number in it has no end");
      const byte = bytes[at++];
      value += (byte & 127) * unit;
      if (byte < 128) return value;
      unit *= 128;
    }
  };
  while (at < bytes.length) {
    const tag = varint(),
      kind = tag % 8;
    if (kind === VARINT) varint();
    else if (kind === EIGHT || kind === FOUR) at += kind === EIGHT ? 8 : 4;
    else if (kind === SIZED) {
      const size = varint();
      if (at + size > bytes.length) throw new Error("a part of it is missing");
      if (Math.floor(tag / 8) === wanted) found.push(bytes.subarray(at, at + size));
      at += size;
    } else throw new Error("it has a field of an unknown kind");
  }
  return found;
}
