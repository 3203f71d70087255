/* From places in a text's bytes to places in its string, which JavaScript counts in UTF-16 units. */

/** What people read of a text, and a function from a byte to the unit of the character that the byte is of; with
 * `behind` to the unit behind the character of the byte before.
 *
 * text: a string, or bytes, of which what is no UTF-8 is U+FFFD. most: no byte behind this one is asked for. */
export function characterStarts(text, most) {
  const given = typeof text === "string", bytes = [0], units = [0];
  const readable = given ? text : new TextDecoder("utf-8", { ignoreBOM: true }).decode(text);
  let byte = 0, unit = 0;
  while (byte < most && unit < readable.length) {
    const code = readable.codePointAt(unit);
    byte += given ? sizeOf(code) : sequenceAt(text, byte);
    unit += code > 0xffff ? 2 : 1;
    bytes.push(byte);
    units.push(unit);
  }
  const at = (place, behind = false) => {
    const found = bytes.findIndex((start) => start >= place);
    const exact = found < 0 ? bytes.length - 1 : found;
    return units[behind || bytes[exact] === place || exact === 0 ? exact : exact - 1];
  };
  return { readable, at };
}

const sizeOf = (code) => 1 + (code > 0x7f) + (code > 0x7ff) + (code > 0xffff);

// Behind these leads the second byte is not any of 80 to BF (the Unicode Standard, table 3-7).
const SECOND = new Map([
  [0xe0, [0xa0, 0xbf]],
  [0xed, [0x80, 0x9f]],
  [0xf0, [0x90, 0xbf]],
  [0xf4, [0x80, 0x8f]],
]);

/* Bytes of the character at a place, or those that TextDecoder makes one U+FFFD of. */
function sequenceAt(bytes, at) {
  const lead = bytes[at], wanted = lead < 0xc2 || lead > 0xf4 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  let size = 1;
  for (; size < wanted; size++) {
    const [low, high] = (size === 1 && SECOND.get(lead)) || [0x80, 0xbf], next = bytes[at + size];
    if (!(next >= low && next <= high)) break;
  }
  return size;
}
