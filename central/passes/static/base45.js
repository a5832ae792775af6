// Base45 (RFC 9285), as rules/passes/base45.py has it: two bytes are three characters, a last single byte two.

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
const BASE = ALPHABET.length;

/** The characters of a Uint8Array. */
export function encode(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += 2) {
    const isPair = at + 1 < bytes.length;
    let rest = isPair ? (bytes[at] << 8) | bytes[at + 1] : bytes[at];
    for (let digits = isPair ? 3 : 2; digits > 0; digits -= 1) {
      text += ALPHABET[rest % BASE];
      rest = Math.floor(rest / BASE);
    }
  }
  return text;
}

/** The bytes whose `encode` is exactly `text`. Throws a RangeError for every other text. */
export function decode(text) {
  const bytes = [];
  for (let at = 0; at < text.length; at += 3) {
    const group = text.slice(at, at + 3);
    const length = group.length - 1;
    const digits = [...group].map((character) => ALPHABET.indexOf(character));
    const number = digits.reduceRight((sum, digit) => sum * BASE + digit, 0);
    if (length === 0 || digits.includes(-1) || number >= 1 << (8 * length)) {
      throw new RangeError("not Base45");
    }
    if (length === 2) bytes.push(number >> 8);
    bytes.push(number & 0xff);
  }
  return Uint8Array.from(bytes);
}
