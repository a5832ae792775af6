// What was noted of rides by reading the bus: kept on the phone first, sent when there is network, once by its own id.

import { clockBehind, keep, kept } from "/passes/static/phone.js";
import { ask, Refused } from "./asking.js";
import { knows } from "./words.js";

const NAME = "claims";
const SHOWN = 30;
const WAITS_MS = 8_000;

/** What has become of a claim: on this phone, at the office but not yet met by the bus's records, met, or refused. */
export const State = Object.freeze({ KEPT: "kept", WAITS: "waits", PLACED: "placed", REFUSED: "refused" });

const isUnderWay = ({ state }) => state === State.KEPT || state === State.WAITS;

/** All that is kept, the oldest first: { id, code, bus, movement, moment, member, state, stop, why }. */
export async function claims() {
  return (await kept(NAME)) ?? [];
}

/** Note "board" or "alight" by the code of `bus`, now, for the member whose phone it is. On the disk when it resolves. */
export async function note(code, bus, movement) {
  const moment = Math.floor(Date.now() / 1000 + ((await clockBehind()) ?? 0));
  const made = { id: crypto.randomUUID(), code, bus, movement, moment, member: await kept("member"), state: State.KEPT };
  await keep(NAME, (before = []) => {
    // What is not through is never dropped.
    const through = before.filter((each) => !isUnderWay(each)).slice(-SHOWN);
    return [...before.filter((each) => isUnderWay(each) || through.includes(each)), made];
  });
  return made.id;
}

/** Add where the phone is, if it says so in time. */
export async function locate(id) {
  const found = await Promise.race([position(), new Promise((resolve) => setTimeout(resolve, WAITS_MS))]);
  if (found) await put(id, found);
}

let under;

/** Send what is not sent, and ask after what waits. Rejects as `ask` does when there is no network or no session. */
export function send() {
  under ??= sendAll().finally(() => (under = undefined));
  return under;
}

async function sendAll() {
  for (const claim of (await claims()).filter(isUnderWay)) {
    const { bus, state, ...body } = claim;
    try {
      const { stop } = await ask("ride", body);
      await put(claim.id, stop ? { state: State.PLACED, stop } : { state: State.WAITS });
    } catch (error) {
      // Whatever else the server said, its trouble is not the rider's: it stays here.
      if (!(error instanceof Refused)) throw error;
      if (knows(`not-taken.${error.message}`)) await put(claim.id, { state: State.REFUSED, why: error.message });
    }
  }
}

function put(id, more) {
  return keep(NAME, (all = []) => all.map((each) => (each.id === id ? { ...each, ...more } : each)));
}

function position() {
  return new Promise((resolve) => {
    const found = ({ coords: { latitude, longitude, accuracy } }) => resolve({ lat: latitude, lon: longitude, accuracy });
    const options = { enableHighAccuracy: true, timeout: WAITS_MS, maximumAge: 15_000 };
    if (navigator.geolocation) navigator.geolocation.getCurrentPosition(found, () => resolve(), options);
    else resolve();
  });
}
