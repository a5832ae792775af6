// Buying what the village's buses have on sale, for くらポ. The second press buys: the first asks whether it is meant.

import { kept } from "/passes/static/phone.js";
import { button, explain, fetched, notice, summary } from "./app.js";
import { askOnce, SignedOut, wentWrong } from "./asking.js";
import { figure, learnStops, make, named, put, say, stopNamed } from "./words.js";

const SURE_MS = 8_000;

function show(found) {
  learnStops(found.stops);
  fetched(found.at);
  put("#from", say("buy.from", figure(found.balance)));
  const rows = found.products.map(product);
  put("#products", ...(rows.length ? rows : [make("li", "empty", say("buy.none"))]));
}

function product(each) {
  const facts = [];
  if (each.value) facts.push(make("p", "", say("buy.worth", figure(each.value))));
  if (each.section) facts.push(make("p", "", stopNamed(each.section[0]), " ⇄ ", stopNamed(each.section[1])));
  if (each.days) facts.push(make("p", "", say("buy.days", each.days)));
  if (each.kind === "commuter-pass") facts.push(make("p", "", say("buy.tomorrow")));
  let isSure = false;
  const control = button("buy.do", () => press(), figure(each.price));
  async function press() {
    if (isSure) {
      ask(false);
      await buy(each);
      return;
    }
    ask(true);
    setTimeout(() => ask(false), SURE_MS);
  }
  function ask(sure) {
    isSure = sure;
    control.replaceChildren(sure ? say("buy.sure") : say("buy.do", figure(each.price)));
  }
  return make("li", "product", make("h2", "", named(each.name)), ...facts, control);
}

async function buy({ number }) {
  notice("done");
  notice("trouble");
  try {
    await askOnce("buy", { product: number });
    notice("done", "buy.done");
    await refresh();
  } catch (error) {
    if (error instanceof SignedOut) explain(error);
    else notice("trouble", wentWrong(error));
  }
}

async function refresh() {
  const { found } = await summary();
  if (found) show(found);
  else put("#products");
}

async function begin() {
  const before = await kept("summary");
  if (before) show(before);
  await refresh();
}

begin();
