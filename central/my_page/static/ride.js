// /ride: what the bus's code says, two buttons, and what this phone has noted. Nothing is noted without a touch.

import { kept } from "/passes/static/phone.js";
import { busy, explain, notice, summary } from "./app.js";
import { ask } from "./asking.js";
import { readCode } from "./bus_code.js";
import { claims, locate, note, send, State } from "./claims.js";
import { clock, learnStops, make, named, put, say } from "./words.js";

const RIDE_S = 12 * 3600;
const SHOWN = 10;
const WORD_MS = 5_000;
const MOVEMENTS = ["board", "alight"];

const buttons = Object.fromEntries(MOVEMENTS.map((each) => [each, document.getElementById(each)]));
let code;
// What the bus shows now, for whoever has read its sticker; "" while nobody knows.
let told = "";

async function show() {
  const all = await claims();
  const text = location.hash.slice(1);
  const counted = all.filter(({ state }) => state !== State.REFUSED);
  const here = code && counted.filter(({ bus, moment }) => bus === code.bus && moment > Date.now() / 1000 - RIDE_S);
  document.getElementById("no-code").hidden = Boolean(code);
  document.getElementById("code").hidden = !code;
  notice("strange", text && !code ? "take.strange" : "");
  if (code) showCode(here);
  const rows = all.slice(-SHOWN).reverse().map(row);
  put("#noted", ...(rows.length ? rows : [make("li", "empty", say("take.none"))]));
}

function showCode(here) {
  put("#bus", code.bus);
  document.getElementById("door").hidden = !(code.word ?? told);
  document.getElementById("sticker").hidden = Boolean(code.word);
  put("#word", code.word ?? told);
  const last = here.at(-1);
  const isAboard = last?.movement === "board";
  // The code of an opening is good for each of them once; a sticker is always the same.
  const ofThis = code.word ? here.filter((each) => each.code === code.text) : [];
  for (const [movement, button] of Object.entries(buttons)) {
    button.hidden = ofThis.some((each) => each.movement === movement);
    // What is left once one of them is noted is for a finger that slipped.
    button.classList.toggle("main", !ofThis.length && isAboard === (movement === "alight"));
  }
  document.getElementById("done").hidden = code.word ? !ofThis.length : !last;
  if (last) put("#done", ...done(last));
}

function done(last) {
  const parts = [make("strong", "", say(`take.done-${last.movement}`)), make("span", "", clock(last.moment))];
  if (last.movement === "board") parts.push(make("p", "", say("take.remember")));
  return parts;
}

function row(claim) {
  const { bus, movement, moment, state, stop, why } = claim;
  const what = make("span", "what", make("strong", "", say(`take.${movement}`)), make("span", "", bus));
  if (stop) what.append(" ", named(stop));
  const said = state === State.REFUSED ? `not-taken.${why}` : `take.${state}`;
  const made = make("li", "flat", make("span", "when", clock(moment)), what, make("small", `state ${state}`, say(said)));
  made.dataset.state = state;
  return made;
}

async function touch(movement) {
  const { text, bus } = code;
  const id = await note(text, bus, movement);
  await show();
  document.getElementById("done").scrollIntoView({ block: "nearest" });
  // It is noted; where the phone is, and the office's answer, may come when they like.
  locate(id).then(sendNow);
}

async function sendNow() {
  try {
    await send();
    notice("offline");
  } catch (error) {
    explain(error, "take.offline");
  }
  await show();
}

/** A sticker says nothing of the door: its word comes from the bus by way of the office, as long as both have network. */
async function askWord() {
  if (!code || code.word || document.hidden) return;
  const said = await ask(`word?bus=${encodeURIComponent(code.bus)}`).catch(() => ({ word: "" }));
  if (said.word === told) return;
  told = said.word;
  await show();
}

async function read() {
  code = await readCode(location.hash.slice(1));
  told = "";
  await show();
  await askWord();
}

async function begin() {
  for (const movement of MOVEMENTS) {
    buttons[movement].addEventListener("click", () => busy(buttons[movement], () => touch(movement)));
  }
  addEventListener("hashchange", read);
  addEventListener("online", sendNow);
  document.addEventListener("visibilitychange", askWord);
  setInterval(askWord, WORD_MS);
  document.getElementById("who").textContent = (await kept("who")) ?? "";
  await read();
  const { found } = await summary("take.offline");
  learnStops(found?.stops);
  document.getElementById("who").textContent = found?.name ?? "";
  await sendNow();
}

begin();
