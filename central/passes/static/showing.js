// What a phone says each time it makes a code: the bytes that rules/passes/rider_pass.py reads, signed by its own key.

import { encode } from "./base45.js";

/** How far the phone's moment may be believed. */
export const Clock = Object.freeze({ UNKNOWN: 0, WALL: 1, ANCHORED: 2 });

const U16 = 0xffff;
const U32 = 0xffffffff;
const MAX_PARTY = 15;
const PASS_BYTES = 121;
const SEALED = "yukemuri/show/v1";
const ECDSA = { name: "ECDSA", hash: "SHA-256" };

/**
 * A code, 195 bytes: the pass as the office signed it (121 bytes) and this showing, signed with the phone's
 * `privateKey`. A showing is { moment (Unix seconds), counter, adults, children (both beside the holder), clock }.
 * Throws a RangeError for a number that has no room.
 */
export async function longForm(pass, showing, privateKey) {
  const shown = Uint8Array.of(...checked(pass), ...showingBytes(showing));
  const sealed = Uint8Array.of(...new TextEncoder().encode(SEALED), ...shown);
  // WebCrypto's signature is r and s already, 32 bytes each.
  const signature = new Uint8Array(await crypto.subtle.sign(ECDSA, privateKey, sealed));
  return Uint8Array.of(...shown, ...signature);
}

/** What the symbol holds. */
export function codeText(code) {
  return `YP1:${encode(code)}`;
}

/** The 33 bytes of a P-256 public key: 2 or 3 for the sign of y, then x. */
export async function compressed(publicKey) {
  const point = new Uint8Array(await crypto.subtle.exportKey("raw", publicKey));
  return Uint8Array.of(2 + (point[64] & 1), ...point.subarray(1, 33));
}

function showingBytes({ moment, counter, adults, children, clock }) {
  const bytes = new DataView(new ArrayBuffer(10));
  bytes.setUint32(0, within("moment", moment, U32));
  bytes.setUint16(4, within("counter", counter, U16));
  bytes.setUint8(6, (within("adults", adults, MAX_PARTY) << 4) | within("children", children, MAX_PARTY));
  bytes.setUint8(7, within("clock", clock, Clock.ANCHORED));
  bytes.setUint16(8, 0); // the challenge: no bus asks one yet
  return new Uint8Array(bytes.buffer);
}

// A DataView would cut what is too large, and the code would say something else.
function within(name, value, most) {
  if (!Number.isInteger(value) || value < 0 || value > most) {
    throw new RangeError(`${name} must be a whole number from 0 to ${most}, not ${value}`);
  }
  return value;
}

function checked(pass) {
  if (pass.length !== PASS_BYTES) throw new RangeError(`a pass has ${PASS_BYTES} bytes, not ${pass.length}`);
  return pass;
}
