// The page's words as central/my_page/words.py has them, in both languages at once: the style sheet shows one of them.

import WORDS, { COUNTERS, PHRASES } from "/m/words.js";

/** For formatting times: buses go by Japan's. */
export const JAPAN = { timeZone: "Asia/Tokyo" };

const READING = /\{([^|{}]+)\|([^|{}]+)\}/g;

// A reading above its word keeps both on one line; of a stop's long name it stands behind.
const LONG = 12;

const PHRASE_OF = new Map(PHRASES.map((marked) => [bare(marked), marked]));
const COUNTER_OF = new Map(COUNTERS.map((marked) => [bare(marked), marked]));
let stops = {};
let known = terms();

/** How stops are called in English and read: { name: [English, kana] }. */
export function learnStops(found) {
  stops = found ?? {};
  known = terms();
}

/** A stop by its Japanese name. */
export function stopNamed(name) {
  return named([name, stops[name]?.[0]]);
}

/** A word in both languages, each %s filled with one of `values`. Throws for one that is not in the table. */
export function say(key, ...values) {
  const words = WORDS[key];
  if (!words) throw new RangeError(`no word ${key}`);
  const [ja, en] = words.map((text) => filled(text, values));
  return both(ruby(ja), en);
}

/** What comes as [Japanese, English] already, a stop's name for one; the Japanese stands for a missing English. Phrases
 *  and stops that are known get their readings. */
export function named([ja, en]) {
  return both(ruby(ja.replace(known, read)), en || ja);
}

/** Whether there is a word. */
export function knows(key) {
  return key in WORDS;
}

/** The element that `selector` finds gets these words for its content. */
export function put(selector, ...content) {
  const element = document.querySelector(selector);
  element.replaceChildren(...content);
  return element;
}

/** An element of `name` with a class and a content. */
export function make(name, className, ...content) {
  const element = document.createElement(name);
  if (className) element.className = className;
  element.append(...content);
  return element;
}

/** A number as people read it. */
export function figure(number) {
  return number.toLocaleString("ja-JP");
}

/** A time of day in Japan, wherever the phone thinks it is, with its day before it when that is not today. `seconds` are Unix seconds. */
export function clock(seconds) {
  const at = new Date(seconds * 1000);
  const time = at.toLocaleTimeString("ja-JP", { ...JAPAN, hour: "2-digit", minute: "2-digit" });
  const day = (date) => date.toLocaleDateString("ja-JP", { ...JAPAN, month: "numeric", day: "numeric" });
  return day(at) === day(new Date()) ? time : `${day(at)} ${time}`;
}

function both(ja, en) {
  const found = document.createDocumentFragment();
  found.append(part("ja", ja), part("en", en));
  return found;
}

function part(lang, content) {
  const span = make("span", lang, content);
  span.lang = lang;
  return span;
}

function filled(text, values) {
  let at = 0;
  return text.replace(/%s/g, () => {
    at += 1;
    return values[at - 1];
  });
}

// Names of stops first: no phrase is looked for within one. A digit before a counter says how that is read; looking
// behind would be shorter, but older iPhones cannot.
function terms() {
  const escaped = (word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const longest = (words) => words.map(escaped).sort((one, other) => other.length - one.length);
  const counters = `\\d(?:${longest([...COUNTER_OF.keys()]).join("|")})`;
  const all = [...longest(Object.keys(stops)), ...longest([...PHRASE_OF.keys()]), counters];
  return new RegExp(all.join("|"), "g");
}

function read(found) {
  const kana = stops[found]?.[1];
  if (found in stops) return kana ? `{${found}|${kana}}` : found;
  return PHRASE_OF.get(found) ?? found[0] + COUNTER_OF.get(found.slice(1));
}

function bare(marked) {
  return marked.replace(READING, "$1");
}

function ruby(text) {
  const found = document.createDocumentFragment();
  let at = 0;
  for (const match of text.matchAll(READING)) {
    const [whole, word, reading] = match;
    const style = reading.length > LONG ? "long" : "";
    found.append(text.slice(at, match.index), make("ruby", style, word, make("rt", "", reading)));
    at = match.index + whole.length;
  }
  found.append(text.slice(at));
  return found;
}
