// The bench's page: all that a pass needs comes from central's modules, as it will on the member's page.

import { decode, encode } from "/passes/static/base45.js";
import { keepAwake, keepFresh } from "/passes/static/live_code.js";
import { keepPass, keptPass, learnTime, phoneKey, takeTurn } from "/passes/static/phone.js";
import { Clock, codeText, compressed, longForm, shortForm } from "/passes/static/showing.js";
import { drawSymbol } from "/passes/static/symbol.js";

const PATIENCE_MS = 10_000;
const CLOCKS = {
  [Clock.UNKNOWN]: "時計が戻されています / clock was set back",
  [Clock.WALL]: "この端末の時計 / this device's own clock",
  [Clock.ANCHORED]: "時刻は確認済み / time checked",
};

const symbol = document.getElementById("symbol");
const paper = document.getElementById("paper");
const trouble = document.getElementById("trouble");
const choices = document.getElementById("choices");
let made;

async function ask(path, body) {
  const options = body && { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" } };
  const answer = await fetch(path, { ...options, cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) });
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}

async function newPass({ publicKey }) {
  const answer = await ask("/pass", { key: encode(await compressed(publicKey)) });
  return keepPass(decode(answer.pass));
}

async function makeCode(pass, { privateKey }) {
  const { adults, children, form } = Object.fromEntries(new FormData(choices));
  const turn = await takeTurn();
  const isShort = form === "short" || (form === "both" && turn.counter % 2 === 1);
  const showing = { ...turn, adults: Number(adults), children: Number(children) };
  const code = await (isShort ? shortForm : longForm)(pass, showing, privateKey);
  return { text: codeText(code), turn };
}

function draw(code, error) {
  made = code;
  if (error) say(error);
  if (!code) {
    symbol.replaceChildren();
    return;
  }
  trouble.hidden = true;
  drawSymbol(symbol, code.text, Math.min(paper.clientWidth, innerHeight));
  document.getElementById("moment").textContent = new Date(code.turn.moment * 1000).toLocaleTimeString("ja-JP");
  document.getElementById("clock").textContent = CLOCKS[code.turn.clock];
}

function say(error) {
  trouble.textContent = `コードを作れません。ページを開き直してください。 / No code: open the page again. (${error.message})`;
  trouble.hidden = false;
}

async function begin() {
  if (!isSecureContext) throw new Error("https:// または localhost で開いてください / open it by https:// or as localhost");
  const key = await phoneKey();
  const time = () => learnTime(async () => (await ask("/time")).time);
  // Without network the pass and the time that are kept will do.
  await time().catch(() => {});
  const pass = await newPass(key).catch(keptPass);
  if (!pass) throw new Error("はじめはネットワークが必要です / the first time needs the network");
  const renew = keepFresh(() => makeCode(pass, key), draw);
  choices.addEventListener("input", renew);
  addEventListener("online", () => time().then(renew, () => {}));
  addEventListener("resize", () => made && draw(made));
  keepAwake();
}

begin().catch(say);
