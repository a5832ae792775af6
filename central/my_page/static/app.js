// What every page of マイページ does: languages, notices, the service worker, and the summary that is kept for offline.

import { keep, keepPasses, kept } from "/passes/static/phone.js";
import { decode } from "/passes/static/base45.js";
import { ask, SignedOut } from "./asking.js";
import { clock, knows, make, put, say } from "./words.js";

// Browsers inside other apps: no service worker, no home screen, and what they keep is soon lost.
const IN_APP = /\bLine\/|Instagram|FBAN|FBAV|FB_IAB|MicroMessenger|KAKAOTALK|Twitter|TikTok|; wv\)/i;

const html = document.documentElement;

/** Show a notice in words, with a button where `act` is given. The same name again replaces it; no key takes it away. */
export function notice(name, key, { values = [], act, label, href } = {}) {
  document.getElementById(`notice-${name}`)?.remove();
  if (!key) return;
  const box = make("div", "notice", make("p", "", say(knows(key) ? key : "failed", ...values)));
  box.id = `notice-${name}`;
  if (href) box.append(link(href, label));
  if (act) box.append(button(label, act));
  document.getElementById("notices").append(box);
}

/** A button that works once at a time. */
export function button(key, act, ...values) {
  const made = make("button", "", say(key, ...values));
  made.type = "button";
  made.addEventListener("click", () => busy(made, act));
  return made;
}

/** Nobody presses twice while `act` is at work. */
export async function busy(control, act) {
  control.disabled = true;
  try {
    await act();
  } finally {
    control.disabled = false;
  }
}

/** Ask the server how things stand and keep it: { found, isFresh }. Without an answer it is what was kept, if
 *  anything, and a notice in `words`. */
export async function summary(words = "offline") {
  const party = (await kept("party")) ?? 1;
  try {
    const fresh = await ask(`summary?party=${party}`);
    await keep("summary", () => fresh);
    await keep("who", () => fresh.name);
    await keep("member", () => fresh.member);
    await keepPasses(fresh.passes.map(decode));
    notice("offline");
    notice("sign-in");
    return { found: fresh, isFresh: true };
  } catch (error) {
    const before = await kept("summary");
    explain(error, before ? words : "no-network");
    return { found: before, isFresh: false };
  }
}

/** Say why there is nothing newer. */
export function explain(error, words = "no-network") {
  if (error instanceof SignedOut) {
    notice("sign-in", "sign-in", { href: html.dataset.signIn, label: "sign-in.do" });
  } else {
    notice("offline", words);
  }
}

/** When what is shown was loaded. */
export function fetched(at) {
  if (at) put("#fetched", say("fetched", clock(at)));
}

function link(href, key) {
  const made = make("a", "button", say(key));
  made.href = href;
  return made;
}

function switches() {
  const language = document.getElementById("language");
  language.addEventListener("click", () => {
    const next = html.dataset.lang === "en" ? "ja" : "en";
    html.dataset.lang = html.lang = next;
    localStorage.setItem("yukemuri-lang", next);
  });
  const furigana = document.getElementById("furigana");
  const shown = () => furigana.setAttribute("aria-pressed", html.classList.contains("furigana"));
  furigana.addEventListener("click", () => {
    localStorage.setItem("yukemuri-furigana", html.classList.toggle("furigana") ? "1" : "0");
    shown();
  });
  shown();
}

function forgetAtSignOut() {
  document.getElementById("sign-out")?.addEventListener("submit", async (event) => {
    event.preventDefault();
    await keep("summary", () => undefined);
    await keep("member", () => undefined);
    await keepPasses([]);
    event.target.submit();
  });
}

function installing() {
  if (matchMedia("(display-mode: standalone)").matches || navigator.standalone) return;
  addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    notice("install", "install", { act: () => event.prompt().then(() => notice("install")), label: "install.do" });
  });
  if (navigator.standalone === false) notice("install", "install.ios");
}

/** What this phone has noted of rides goes from whatever page is open when there is network. */
async function sendNoted() {
  if ((await kept("claims"))?.length) await import("./claims.js").then(({ send }) => send()).catch(() => {});
}

// Somebody has scanned a bath's code and signed in since, or meant to do it later.
async function pointsWaiting() {
  if (location.pathname === "/p") return;
  const codes = (await kept("points").catch(() => undefined)) ?? [];
  if (codes.length) notice("points", "point.waiting", { href: "/p", label: "point.open" });
}

function begin() {
  switches();
  forgetAtSignOut();
  if (IN_APP.test(navigator.userAgent)) {
    notice("app", "app");
    return;
  }
  installing();
  pointsWaiting();
  navigator.serviceWorker?.register("/m/sw.js", { scope: "/", updateViaCache: "none" }).catch(() => {});
  addEventListener("online", sendNoted);
  sendNoted();
  navigator.storage?.persist?.().catch(() => {});
}

begin();
