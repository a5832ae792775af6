"use strict";
(function () {
  const LOST_MS = 12000;
  const CONFIRM_MS = 5000;
  const BOUNCE_MS = 400;
  const OLD_S = 20;
  const PATIENCE_MS = 6000;
  const TOAST_MS = 7000;
  const FORGOTTEN_MS = 20000;
  const AGAIN_MS = 150; // two people are two touches, as fast as a finger is
  const MOST_PEOPLE = 15;
  const NOT_CASH = { coupon: "回数券で", pass: "いただかない" };
  const ONE_ADULT = { means: "cash", rider_class: "adult", people: 1 };
  // A redrawn one of these must not take a touch that was meant for what stood there before.
  const MOVING = ["question", "alights", "fares"];

  const root = document.documentElement;
  const body = document.body;
  const left = document.querySelector(".left");
  const stops = document.querySelector(".stops");
  const hand = document.querySelector(".hand");
  const rider = document.querySelector(".rider");
  const ago = document.querySelector(".ago");
  const lost = document.querySelector(".lost");
  const toast = document.querySelector(".toast");
  const shown = {};
  let number = Number(body.dataset.number);
  let answeredAt = performance.now() - Number(body.dataset.ago) * 1000;
  let heardAt = performance.now();
  let toastTimer = 0;
  let sheetTimer = 0;
  let movedAt = -Infinity;
  let who = {};

  // ---- drawing -------------------------------------------------------------------------------

  // Only regions that changed are replaced: a button must not vanish under a finger.
  function draw(picture) {
    heard();
    if (picture.key !== root.dataset.key) {
      location.reload();
      return;
    }
    for (const [name, html] of Object.entries(picture.regions)) {
      if (shown[name] !== html) {
        if (MOVING.includes(name) && name in shown) movedAt = performance.now();
        shown[name] = html;
        redraw(document.querySelector(`[data-region="${name}"]`), html);
        settlePages();
        if (name === "fares") settleHand();
      }
    }
    if (body.dataset.mode !== picture.mode) {
      body.dataset.mode = picture.mode;
      left.classList.remove("all-trips");
      closeSheets();
    }
    answeredAt = performance.now() - picture.ago * 1000;
    if (picture.number !== number) {
      number = picture.number;
      body.dataset.number = String(number);
      flash();
    }
    tick();
  }

  // Who goes from key to key without a finger stays on the key that is the same in the new picture.
  function redraw(region, html) {
    const held = region.contains(document.activeElement) ? JSON.stringify(document.activeElement.dataset) : null;
    region.innerHTML = html;
    if (held === null) return;
    const same = [...region.querySelectorAll("button")].find((key) => JSON.stringify(key.dataset) === held);
    if (same) same.focus();
  }

  function flash() {
    rider.classList.remove("fresh");
    void rider.offsetWidth; // restarts the animation, so that two equal answers are seen as two
    rider.classList.add("fresh");
  }

  function heard() {
    heardAt = performance.now();
    lost.hidden = true;
  }

  function tick() {
    const now = performance.now();
    lost.hidden = now - heardAt < LOST_MS;
    const seconds = Math.floor((now - answeredAt) / 1000);
    rider.classList.toggle("old", number > 0 && seconds >= OLD_S);
    ago.textContent = number > 0 ? age(seconds) : "";
  }

  function age(seconds) {
    if (seconds < 10) return "たった今";
    if (seconds < 60) return `${Math.floor(seconds / 10) * 10}秒前`;
    if (seconds < 3600) return `${Math.floor(seconds / 60)}分前`;
    return `${Math.floor(seconds / 3600)}時間前`;
  }

  // ---- touching ------------------------------------------------------------------------------

  // `rest`: so long after the answer the button is deaf. Most are gone by then.
  async function tell(path, fields, button, rest = PATIENCE_MS) {
    button.classList.add("sent");
    let calm = setTimeout(() => button.classList.remove("sent"), PATIENCE_MS);
    try {
      const response = await fetch(path, {
        method: "POST",
        headers: { "X-Screen-Key": root.dataset.key },
        body: new URLSearchParams(fields),
      });
      if (response.ok) {
        clearTimeout(calm);
        calm = setTimeout(() => button.classList.remove("sent"), rest);
        return;
      }
      const answer = await response.json();
      say(answer.error, answer.error_en);
    } catch {
      say("送れませんでした。もう一度押してください。", "Not sent. Please touch again.");
    }
    clearTimeout(calm);
    button.classList.remove("sent");
  }

  function say(sentence, english) {
    toast.textContent = sentence;
    const small = document.createElement("small");
    small.lang = "en";
    small.textContent = english;
    toast.append(small);
    toast.hidden = false;
    clearTimeout(toastTimer);
    toastTimer = setTimeout(() => (toast.hidden = true), TOAST_MS);
  }

  // What weighs more is touched twice, not too fast and not too far apart.
  function twice(button, path, fields) {
    if (button.classList.contains("sent")) return;
    const now = performance.now();
    const first = Number(button.dataset.first || -Infinity);
    if (now - first > CONFIRM_MS) {
      button.dataset.first = String(now);
      button.classList.add("sure");
      setTimeout(() => button.classList.remove("sure"), CONFIRM_MS);
    } else if (now - first > BOUNCE_MS) {
      button.classList.remove("sure");
      delete button.dataset.first;
      tell(path, fields, button);
    }
  }

  function answer(question, opening, stop) {
    movedAt = performance.now();
    tell("/stop/answer", { opening, stop_index: stop }, question);
  }

  // A copy: the stops to touch stay where they are while the bus drives on.
  function openStops() {
    closeSheets();
    stops.replaceChildren(document.querySelector("template").content.cloneNode(true));
    settlePages();
    keepSheetOpen();
  }

  // A sheet that was forgotten would hide the next question.
  function keepSheetOpen() {
    clearTimeout(sheetTimer);
    sheetTimer = setTimeout(closeSheets, FORGOTTEN_MS);
  }

  function closeSheets() {
    clearTimeout(sheetTimer);
    stops.replaceChildren();
    hand.hidden = true;
  }

  // ---- riders by hand ------------------------------------------------------------------------

  function openHand() {
    closeSheets();
    who = { ...ONE_ADULT };
    hand.classList.remove("from");
    hand.hidden = false;
    settleHand();
    keepSheetOpen();
  }

  function settleHand() {
    if (hand.hidden) return;
    for (const key of hand.querySelectorAll("[data-pick]")) {
      key.setAttribute("aria-pressed", String(who[key.dataset.pick] === key.dataset.value));
    }
    for (const key of hand.querySelectorAll("[data-fares]")) {
      key.querySelector(".sum").replaceChildren(...sum(JSON.parse(key.dataset.fares)[who.rider_class]));
    }
    hand.querySelector(".people").textContent = String(who.people);
    const picked = [...hand.querySelectorAll("[aria-pressed='true']")].reverse();
    const said = picked.map((key) => key.firstChild.data.trim());
    hand.querySelector(".who-alights").textContent = `${said.join("・")} ${who.people}人`;
  }

  // What all of them owe together, each of several, and what is not taken in cash.
  function sum(fare) {
    const [all, each] = [document.createElement("b"), document.createElement("small")];
    const free = who.means === "commuter";
    const yen = (amount) => `¥${amount.toLocaleString("en")}`;
    all.textContent = free ? "定期券" : fare === null ? "運賃不明" : yen(fare * who.people);
    all.classList.toggle("worded", free || fare === null);
    if (!free && fare !== null && who.people > 1) each.textContent = `${yen(fare)} × ${who.people}人`;
    if (who.means in NOT_CASH) each.textContent = NOT_CASH[who.means];
    return each.textContent ? [all, each] : [all];
  }

  function pick(button) {
    who = { ...who, [button.dataset.pick]: button.dataset.value };
    settleHand();
  }

  function count(step) {
    who = { ...who, people: Math.min(Math.max(who.people + step, 1), MOST_PEOPLE) };
    settleHand();
  }

  function recorded(path, fields) {
    closeSheets();
    tell(path, fields, document.querySelector(".keys"), BOUNCE_MS);
  }

  // ---- pages of keys -------------------------------------------------------------------------

  function pagesOf(button) {
    return [...document.querySelectorAll(`[data-page-of="${button.dataset.pages}"]`)];
  }

  function turnPage(button) {
    const pages = pagesOf(button);
    const here = pages.findIndex((page) => !page.hidden);
    pages.forEach((page, index) => (page.hidden = index !== (here + 1) % pages.length));
    settlePages();
  }

  function settlePages() {
    for (const button of document.querySelectorAll("[data-pages]")) {
      const pages = pagesOf(button);
      const here = pages.findIndex((page) => !page.hidden);
      button.querySelector(".page").textContent = `${here + 1} / ${pages.length}`;
    }
  }

  const ACTS = {
    theme: () => window.nextTheme(),
    page: turnPage,
    offer: () => left.classList.add("all-trips"),
    end: (button) => twice(button, "/trip/end", {}),
    choose(button, { trip, date }) {
      if (document.querySelector("[data-act='choose'].sent")) return;
      tell("/trip", { trip_id: trip, service_date: date }, button);
    },
    answer: (button, { opening, stop }) => answer(button.closest(".question"), opening, stop),
    undo: (button) => tell("/stop/undo", {}, button),
    stops: openStops,
    close: closeSheets,
    set(button, { stop }) {
      closeSheets();
      tell("/stop/set", { stop_index: stop }, button);
    },
    "board-one": (button) => tell("/hand/board", ONE_ADULT, button, AGAIN_MS),
    alight(button, { board, means, rider }) {
      const fields = { board_index: board, means, rider_class: rider, people: 1 };
      tell("/hand/alight", fields, button.closest(".alights"), BOUNCE_MS);
    },
    "hand-undo": (button) => tell("/hand/undo", {}, button),
    overrule: (button, { number }) => twice(button, "/overrule", { number }),
    hand: openHand,
    pick,
    fewer: () => count(-1),
    further: () => count(1),
    fares: () => hand.classList.add("from"),
    who: () => hand.classList.remove("from"),
    board: () => recorded("/hand/board", who),
    from: (button, { board }) => recorded("/hand/alight", { ...who, board_index: board }),
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-act]");
    const state = document.querySelector(".state");
    if (!event.target.closest(".state")) state.open = false;
    if (!button) return;
    // What comes or goes under a finger is not what the finger was for.
    const stays = button.closest(".keys, .stops, .who-rides");
    if (left.contains(button) && !stays && performance.now() - movedAt < BOUNCE_MS) return;
    if (stops.contains(button) || hand.contains(button)) keepSheetOpen();
    if (button.closest(".sent")) return;
    const act = ACTS[button.dataset.act];
    if (act) act(button, button.dataset);
  });
  // One of the driver's buttons: buttons.js turns it into a click, and whoever presses has not forgotten the sheet.
  document.addEventListener("key", () => (stops.hasChildNodes() || !hand.hidden) && keepSheetOpen());
  document.addEventListener("contextmenu", (event) => event.preventDefault());

  setInterval(tick, 1000);
  settlePages();
  tick();
  window.hear("/events", "/now", draw, heard, {
    key: (said) => document.dispatchEvent(new CustomEvent("key", { detail: said })),
  });
})();
