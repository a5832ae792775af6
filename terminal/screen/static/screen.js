"use strict";
(function () {
  const LOST_MS = 12000;
  const ASK_MS = 2000;
  const RETRY_LIVE_MS = 15000;
  const CONFIRM_MS = 5000;
  const BOUNCE_MS = 400;
  const OLD_S = 20;
  const PATIENCE_MS = 6000;
  const TOAST_MS = 7000;
  const FORGOTTEN_MS = 20000;

  const root = document.documentElement;
  const body = document.body;
  const left = document.querySelector(".left");
  const stops = document.querySelector(".stops");
  const rider = document.querySelector(".rider");
  const ago = document.querySelector(".ago");
  const lost = document.querySelector(".lost");
  const toast = document.querySelector(".toast");
  const shown = {};
  let number = Number(body.dataset.number);
  let answeredAt = performance.now() - Number(body.dataset.ago) * 1000;
  let heardAt = performance.now();
  let asking = 0;
  let toastTimer = 0;
  let stopsTimer = 0;
  let askedAt = -Infinity;

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
        if (name === "question" && name in shown) askedAt = performance.now();
        shown[name] = html;
        document.querySelector(`[data-region="${name}"]`).innerHTML = html;
        if (name === "trip" || name === "action") settlePages();
      }
    }
    if (body.dataset.mode !== picture.mode) {
      body.dataset.mode = picture.mode;
      left.classList.remove("all-trips");
      closeStops();
    }
    answeredAt = performance.now() - picture.ago * 1000;
    if (picture.number !== number) {
      number = picture.number;
      body.dataset.number = String(number);
      flash();
    }
    tick();
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

  // ---- hearing -------------------------------------------------------------------------------

  function listen() {
    const live = new EventSource("/events");
    live.onopen = () => stopAsking();
    live.onmessage = (event) => draw(JSON.parse(event.data));
    live.addEventListener("beat", heard);
    live.addEventListener("key", (event) => document.dispatchEvent(new CustomEvent("key", { detail: event.data })));
    live.onerror = () => {
      startAsking();
      if (live.readyState === EventSource.CLOSED) setTimeout(listen, RETRY_LIVE_MS);
    };
  }

  function startAsking() {
    if (!asking) asking = setInterval(ask, ASK_MS);
  }

  function stopAsking() {
    clearInterval(asking);
    asking = 0;
  }

  async function ask() {
    try {
      const response = await fetch("/now", { signal: AbortSignal.timeout(ASK_MS) });
      if (response.ok) draw(await response.json());
    } catch {
      // The next turn asks again; `tick` says so on the screen if none is answered.
    }
  }

  // ---- touching ------------------------------------------------------------------------------

  async function tell(path, fields, button) {
    button.classList.add("sent");
    const calm = setTimeout(() => button.classList.remove("sent"), PATIENCE_MS);
    try {
      const response = await fetch(path, {
        method: "POST",
        headers: { "X-Screen-Key": root.dataset.key },
        body: new URLSearchParams(fields),
      });
      if (response.ok) return;
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

  function end(button) {
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
      tell("/trip/end", {}, button);
    }
  }

  function answer(question, opening, stop) {
    askedAt = performance.now();
    tell("/stop/answer", { opening, stop_index: stop }, question);
  }

  // A copy: the stops to touch stay where they are while the bus drives on.
  function openStops() {
    stops.replaceChildren(document.querySelector("template").content.cloneNode(true));
    settlePages();
    keepStopsOpen();
  }

  // A sheet that was forgotten would hide the next question.
  function keepStopsOpen() {
    clearTimeout(stopsTimer);
    stopsTimer = setTimeout(closeStops, FORGOTTEN_MS);
  }

  function closeStops() {
    clearTimeout(stopsTimer);
    stops.replaceChildren();
  }

  function pagesOf(button) {
    return [...document.querySelectorAll(`[data-page-of="${button.dataset.pages}"]`)];
  }

  function turnPage(button) {
    const pages = pagesOf(button);
    const here = pages.findIndex((page) => !page.hidden);
    pages.forEach((page, index) => (page.hidden = index !== (here + 1) % pages.length));
    settlePages();
    if (stops.contains(button)) keepStopsOpen();
  }

  function settlePages() {
    for (const button of document.querySelectorAll("[data-pages]")) {
      const pages = pagesOf(button);
      const here = pages.findIndex((page) => !page.hidden);
      button.querySelector(".page").textContent = `${here + 1} / ${pages.length}`;
    }
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-act]");
    const state = document.querySelector(".state");
    if (!event.target.closest(".state")) state.open = false;
    if (!button) return;
    // A question that comes or goes under a finger is not what the finger was for.
    if (left.contains(button) && performance.now() - askedAt < BOUNCE_MS) return;
    const { act, trip, date, opening, stop } = button.dataset;
    if (act === "theme") window.toggleTheme();
    if (act === "page") turnPage(button);
    if (act === "offer") left.classList.add("all-trips");
    if (act === "end") end(button);
    if (act === "choose" && !document.querySelector("[data-act='choose'].sent")) {
      tell("/trip", { trip_id: trip, service_date: date }, button);
    }
    if (act === "answer") answer(button.closest(".question"), opening, stop);
    if (act === "undo") tell("/stop/undo", {}, button);
    if (act === "stops") openStops();
    if (act === "close") closeStops();
    if (act === "set") {
      closeStops();
      tell("/stop/set", { stop_index: stop }, button);
    }
  });
  // One of the driver's buttons: buttons.js turns it into a click, and whoever presses has not forgotten the sheet.
  document.addEventListener("key", () => stops.hasChildNodes() && keepStopsOpen());
  document.addEventListener("contextmenu", (event) => event.preventDefault());

  setInterval(tick, 1000);
  settlePages();
  tick();
  listen();
})();
