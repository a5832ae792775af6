// A bath's code: it stands behind the address's #, so the server sees it only when its points are asked for. The phone
// keeps it until then, so that somebody without an account can register first.

import { button, notice } from "./app.js";
import { ask, Refused, SignedOut, wentWrong } from "./asking.js";
import { figure, make, named, say } from "./words.js";
import { keep } from "/passes/static/phone.js";

// The code's own layout is in rules/passes/point_code.py.
const BYTES = 83;
const FIRST = 0x14;
const POINTS_AT = 17;
const MOST = 6;
const KEPT_MS = 8 * 86_400_000;
// What another day may change; of all else nothing more will come.
const LATER = new Set(["point-cap-member", "point-cap-kiosk", "point-closed", "stopped", "failed"]);

const html = document.documentElement;
const codes = document.getElementById("codes");

/** The points that a code is for, undefined for what is no code. Nothing is proven by it. */
export function pointsOf(text) {
  if (!/^[\w-]+$/.test(text)) return undefined;
  const bytes = Uint8Array.from(decoded(text), (character) => character.charCodeAt(0));
  if (bytes.length !== BYTES || bytes[0] !== FIRST) return undefined;
  return new DataView(bytes.buffer).getUint16(POINTS_AT);
}

function decoded(text) {
  try {
    return atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    return "";
  }
}

async function show() {
  const text = location.hash.slice(1);
  const isCode = pointsOf(text) !== undefined;
  notice("trouble", text && !isCode ? "point-strange" : undefined);
  const list = await keep("points", (before) => withCode(before ?? [], isCode ? text : undefined));
  codes.replaceChildren(...list.map((each) => waiting(each.text)));
  if (!list.length) codes.append(make("p", "empty", say("point.none")));
  document.getElementById("loading").hidden = true;
  document.getElementById("on").hidden = false;
}

function withCode(before, text) {
  const young = before.filter((each) => Date.now() - each.at < KEPT_MS);
  if (!text || young.some((each) => each.text === text)) return young;
  return [{ text, at: Date.now() }, ...young].slice(0, MOST);
}

function waiting(text) {
  const card = make("section", "card point");
  const take = button("point.take", () => claim(text, card), figure(pointsOf(text)));
  take.classList.add("main");
  card.append(take, make("p", "quiet", say("point.kept")));
  return card;
}

async function claim(text, card) {
  notice("trouble");
  try {
    const { state, points, place } = await ask("claim", { code: text });
    await forget(text);
    card.classList.add(state);
    card.replaceChildren(make("p", "taken", say(`point.${state}`, figure(points))), make("p", "quiet", named(place)));
    notice("sign-in");
  } catch (error) {
    if (error instanceof SignedOut) {
      notice("sign-in", "point.sign-in", { href: html.dataset.signIn, label: "point.begin" });
      return;
    }
    if (error instanceof Refused && !LATER.has(error.message)) {
      await forget(text);
      card.remove();
    }
    notice("trouble", wentWrong(error));
  }
}

async function forget(text) {
  await keep("points", (before) => (before ?? []).filter((each) => each.text !== text));
  // Not before: browsers inside other apps hand the whole address on to a real one.
  if (location.hash.slice(1) === text) history.replaceState(null, "", location.pathname);
}

addEventListener("hashchange", show);
show();
