// What a pass says (rules/passes/rider_pass.py), and which of those that a phone keeps is in force.

const GROUP = 1;
const HOUR_S = 3_600;
const HOLD_UNIT = 10;

/** A pass of 121 bytes, taken apart: times are Unix seconds, `hold` is yen, `key` the phone's 33 bytes. */
export function readPass(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const from = view.getUint32(12);
  return {
    bytes,
    from,
    until: from + view.getUint16(16) * HOUR_S,
    riderClass: bytes[18],
    isGroup: (bytes[19] & GROUP) !== 0,
    hold: view.getUint16(20) * HOLD_UNIT,
    product: view.getUint16(22),
    key: bytes.slice(24, 57),
  };
}

/**
 * The pass in force at a moment, undefined if there is none. Of several the last one that was asked for counts, and a
 * commuter pass before one that pays for each ride.
 */
export function inForce(passes, moment) {
  const good = passes.filter(({ from, until }) => from <= moment && moment < until);
  return good.filter(({ product }) => product > 0).at(-1) ?? good.at(-1);
}

/** Whether a pass was made for this public key. */
export function isFor(pass, key) {
  return key.every((byte, at) => pass.key[at] === byte);
}
