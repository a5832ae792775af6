// What a phone keeps between two looks at the page (IndexedDB): its key, its passes, its last showing, the server's time.

import { Clock } from "./showing.js";

const DATABASE = "yukemuri-pass";
const STORE = "phone";
const P256 = { name: "ECDSA", namedCurve: "P-256" };
const U16 = 0xffff;
const DAY_S = 86_400;
const SLOW_S = 10;
// What a bus allows, in rules/ride/admission.py.
const FRESH_FUTURE_S = 30;
const UNANCHORED_S = 300;

/** The phone's key pair, made at the first call. Nobody can read the private half, this page neither. */
export async function phoneKey() {
  // Made before it is known to be needed: a transaction does not wait, and of two pages at once one key must win.
  const fresh = await crypto.subtle.generateKey(P256, false, ["sign", "verify"]);
  return change("key", (kept) => kept ?? fresh);
}

/** Keep the phone's passes, as the office packed them, in place of those kept before. */
export function keepPasses(list) {
  return change("passes", () => list);
}

/** The passes kept last, in the office's order. */
export async function keptPasses() {
  return (await change("passes", (kept) => kept)) ?? [];
}

/** What is kept under a name of the page's own, undefined if there is nothing. */
export function kept(name) {
  return change(`page/${name}`, (value) => value);
}

/** Replace what is kept under a name of the page's own by `next` of it, and answer with that. */
export function keep(name, next) {
  return change(`page/${name}`, next);
}

/** How many seconds the phone's clock was behind the server's when that was asked last; undefined before. */
export async function clockBehind() {
  return (await change("clock", (value) => value))?.offset;
}

/**
 * Compare the phone's clock with the server's: `ask` resolves to its Unix seconds. An answer that took longer than
 * 10 seconds says too little, and changes nothing. Rejects as `ask` does, and for what is no time.
 */
export async function learnTime(ask) {
  const asked = Date.now() / 1000;
  const at = await ask();
  if (!Number.isFinite(at)) throw new RangeError(`not a time: ${at}`);
  const took = Date.now() / 1000 - asked;
  if (took >= 0 && took <= SLOW_S) await change("clock", () => ({ at, offset: at - (asked + took / 2) }));
}

/** The next { moment, counter, clock } to show. Written down before anybody sees it, by one page at a time. */
export async function takeTurn() {
  const anchor = await change("clock", (kept) => kept);
  return change("shown", (last) => nextTurn(last, believed(anchor, Date.now() / 1000)));
}

/**
 * What follows on `last`: a (moment, counter) that is newer, as the buses' memory of replays wants it.
 *
 * The counter goes from 65535 on to 0, and then the moment is a later one. A clock that was set right by up to five
 * minutes stands still until time has caught up, and says that it is not anchored: that a bus accepts. What was further
 * ahead no bus that knows the time has accepted, and the phone goes back to the time it has now.
 */
export function nextTurn(last, { moment, clock }) {
  const { moment: before, counter } = last ?? { moment: 0, counter: 0 };
  const ahead = before - moment;
  const isFull = counter === U16;
  const next = isFull ? 0 : counter + 1;
  if (ahead < 0 || ahead > UNANCHORED_S) return { moment, counter: next, clock };
  return {
    moment: isFull ? before + 1 : before,
    counter: next,
    clock: ahead > FRESH_FUTURE_S ? Math.min(clock, Clock.WALL) : clock,
  };
}

/**
 * The moment and how far to believe it, from the phone's own clock (`wall`, Unix seconds) and from what was learned of
 * the server's. A clock that is now before the server's word was set back since: nobody knows by how much.
 */
export function believed(anchor, wall) {
  if (!anchor) return { moment: Math.floor(wall), clock: Clock.WALL };
  const age = wall + anchor.offset - anchor.at;
  const moment = Math.floor(anchor.at + Math.max(age, 0));
  if (age < -FRESH_FUTURE_S) return { moment, clock: Clock.UNKNOWN };
  return { moment, clock: age < DAY_S ? Clock.ANCHORED : Clock.WALL };
}

/** Replace what is kept under a name by `next` of it, in a transaction that no other page can come between. */
async function change(name, next) {
  const database = await opened();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(STORE, "readwrite", { durability: "strict" });
      const store = transaction.objectStore(STORE);
      let value;
      store.get(name).onsuccess = ({ target }) => {
        value = next(target.result);
        if (value !== target.result) store.put(value, name);
      };
      transaction.oncomplete = () => resolve(value);
      transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

// Opened anew each time: browsers close a database behind a page that slept.
function opened() {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(DATABASE, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });
}
