// The code that a bus shows, as rules/passes/bus_code.py and door_word.py have it. Only the office checks the signature.

import { DOOR_WORDS } from "/m/words.js";

const CODE = /^([a-z0-9][a-z0-9-]{0,31})\.([\w-]{20})\.([\w-]{86})$/;
const BUS = /^[a-z0-9][a-z0-9-]{0,31}$/;

/** What stands behind an address's #: { text, bus, word }, the word undefined on a sticker; undefined for no bus's code. */
export async function readCode(text) {
  if (BUS.test(text)) return { text, bus: text };
  const [, bus, opening, signature] = CODE.exec(text) ?? [];
  if (!bus) return undefined;
  const whole = [...bytes(opening), ...new TextEncoder().encode(bus), ...bytes(signature)];
  const [first] = new Uint8Array(await crypto.subtle.digest("SHA-256", new Uint8Array(whole)));
  return { text, bus, word: DOOR_WORDS[first % DOOR_WORDS.length] };
}

function bytes(text) {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return [...binary].map((each) => each.charCodeAt(0));
}
