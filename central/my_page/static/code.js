// The code at the door. What is kept is shown at once; only then is the server asked whether there is anything newer.

import { decode, encode } from "/passes/static/base45.js";
import { keepAwake, keepFresh } from "/passes/static/live_code.js";
import { inForce, isFor, readPass } from "/passes/static/passes.js";
import { clockBehind, keep, keepPasses, kept, keptPasses, learnTime, phoneKey, takeTurn } from "/passes/static/phone.js";
import { codeText, compressed, longForm } from "/passes/static/showing.js";
import { drawSymbol } from "/passes/static/symbol.js";
import { explain, notice, summary } from "./app.js";
import { ask, askOnce, Refused, SignedOut, wentWrong } from "./asking.js";
import { clock, JAPAN, put, say } from "./words.js";

const RENEW_WITHIN_S = 4 * 86_400;
const SOON_S = 86_400;
const OFF_S = 60;
const MOST_PARTY = 9;
const ENROLLED = "yukemuri-enrolled";

const symbol = document.getElementById("symbol");
const paper = document.getElementById("paper");
const choices = document.getElementById("choices");
let key;
let publicKey;
let passes = [];
let made;
let renewCode;

class NoPass extends Error {}

async function makeCode() {
  const turn = await takeTurn();
  const pass = inForce(passes, turn.moment);
  if (!pass) throw new NoPass();
  const { adults, children } = Object.fromEntries(new FormData(choices));
  const party = pass.isGroup ? { adults: Number(adults), children: Number(children) } : { adults: 0, children: 0 };
  const code = await longForm(pass.bytes, { ...turn, ...party }, key.privateKey);
  return { text: codeText(code), turn, pass };
}

function draw(code, error) {
  made = code;
  // Without any pass, why there is none is said already.
  document.body.classList.toggle("no-code", error instanceof NoPass);
  if (error instanceof NoPass) notice("trouble", passes.length ? "code.ended" : "");
  else if (error) notice("trouble", "code.none");
  if (!code) {
    symbol.replaceChildren();
    return;
  }
  notice("trouble");
  drawSymbol(symbol, code.text, Math.min(paper.clientWidth, innerHeight));
  document.getElementById("moment").textContent = new Date(code.turn.moment * 1000).toLocaleTimeString("ja-JP", JAPAN);
  put("#clock", say(`clock.${code.turn.clock}`));
  describe(code);
}

function describe({ pass, turn }) {
  document.body.dataset.riderClass = pass.riderClass;
  put("#class", say(`class.${pass.riderClass}`));
  put("#until", say("code.until", clock(pass.until)));
  document.getElementById("commuter").hidden = pass.product === 0;
  choices.hidden = !pass.isGroup;
  const last = Math.max(...passes.map(({ until }) => until));
  if (last - turn.moment < SOON_S) notice("soon", "code.soon", { values: [clock(last)] });
  else notice("soon");
}

async function describeClock() {
  const behind = await clockBehind();
  const isOff = Math.abs(behind ?? 0) >= OFF_S;
  notice("clock", isOff ? "clock.off" : "", { values: [Math.round(Math.abs(behind) / 60)] });
}

/** Keep what the office gave. Passes for another key are another phone's. */
async function take({ passes: given, name, member }) {
  await keepPasses(given.map(decode));
  await keep("who", () => name);
  await keep("member", () => member);
  await useKept();
}

async function useKept() {
  passes = (await keptPasses()).map(readPass).filter((pass) => isFor(pass, publicKey));
  document.getElementById("name").textContent = (await kept("who")) ?? "";
  if (passes.length) localStorage.setItem(ENROLLED, "1");
}

async function enrol(began) {
  const party = (await kept("party")) ?? 1;
  try {
    await take(await askOnce("pass", { key: encode(publicKey), party, began }));
    for (const name of ["other", "more"]) notice(name);
    await renewCode?.();
  } catch (error) {
    refuse(error);
  }
}

function refuse(error) {
  if (error instanceof SignedOut) explain(error);
  else if (error instanceof Refused && error.message === "other-phone") offerPlace();
  else notice("other", passes.length || error instanceof Refused ? wentWrong(error) : "code.first");
}

/** Another phone rides, or this one's key is gone: its IndexedDB was emptied, but not what says that it had one. */
function offerPlace() {
  const wasHere = localStorage.getItem(ENROLLED) === "1";
  const name = wasHere ? "lost" : "other-phone";
  notice("trouble");
  notice("other", name, { act: () => enrol("replaced"), label: `${name}.do` });
}

async function lookForNews() {
  await learnTime(async () => (await ask("time")).time).catch(() => {});
  await describeClock();
  const hadNone = passes.length === 0;
  if (hadNone) {
    await enrol("new");
  } else {
    const { found, isFresh } = await summary("code.offline");
    if (isFresh) await useKept();
    if (passes.length === 0) offerPlace();
    else if (isFresh && lastPaying() - Date.now() / 1000 < RENEW_WITHIN_S) await renewPasses();
    const canMore = isFresh && found.more && passes.length > 0;
    notice("more", canMore ? "more" : "", { act: () => enrol("more"), label: "more.do" });
  }
  await renewCode?.();
}

function lastPaying() {
  return Math.max(0, ...passes.filter(({ product }) => product === 0).map(({ until }) => until));
}

/** Who rides along stands in the next code; the money for them is set aside when passes are renewed. */
async function chosen() {
  const { adults, children } = Object.fromEntries(new FormData(choices));
  await keep("party", () => Math.min(1 + Number(adults) + Number(children), MOST_PARTY));
  await renewCode();
}

async function renewPasses() {
  const party = (await kept("party")) ?? 1;
  await ask("renew", { party }).then(take, () => {});
}

async function begin() {
  if (!isSecureContext) {
    notice("trouble", "code.insecure");
    return;
  }
  key = await phoneKey();
  publicKey = await compressed(key.publicKey);
  await useKept();
  // With a pass nobody waits for the network; without one there is nothing to show before it was asked.
  const hadPasses = passes.length > 0;
  if (!hadPasses) await lookForNews();
  renewCode = keepFresh(makeCode, draw);
  choices.addEventListener("input", chosen);
  addEventListener("online", lookForNews);
  addEventListener("resize", () => made && draw(made));
  keepAwake();
  if (hadPasses) await lookForNews();
}

begin().catch(() => notice("trouble", "code.none"));
