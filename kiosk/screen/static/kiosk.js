"use strict";
(function () {
  const IDLE_MS = 60000;
  const SHEET_MS = 20000; // a sheet lies over codes that somebody may be reading
  const STAFF_MS = 60000;
  const CONFIRM_MS = 5000;
  const BOUNCE_MS = 400;
  const DEAF_MS = 350; // what has just come up must not take a touch that was meant for what stood there
  const SENT_MS = 1200;
  const TOAST_MS = 7000;
  const SWAY_MS = 60000;
  const SWAYS = 8;
  const LAST_S = 10;
  const MOST_DIGITS = 8;
  const RESTING = ["keys", "closed"]; // where nobody waits for anything

  const root = document.documentElement;
  const body = document.body;
  const shown = {};
  const ends = {};
  let picture = { front: body.dataset.front, message: 0 };
  let touchedAt = performance.now();
  let movedAt = -Infinity;
  let isAwake = true;
  let isMaking = false;
  let count = 1;
  let pin = "";
  let toastTimer = 0;

  function region(name) {
    return document.querySelector(`[data-region="${name}"]`);
  }

  // ---- drawing -------------------------------------------------------------------------------

  // Only regions that changed are replaced: a button must not vanish under a finger.
  function draw(next) {
    window.heardOfDesk();
    if (next.key !== root.dataset.key) {
      location.reload();
      return;
    }
    if (next.message !== picture.message) {
      clearTimeout(toastTimer);
      if (next.message) wake();
    }
    if (picture.front !== "staff" && next.front === "staff") {
      closeSheet();
      touchedAt = performance.now();
    }
    if (next.front !== "staff") isMaking = false;
    picture = next;
    for (const [name, html] of Object.entries(next.regions)) {
      if (shown[name] === html) continue;
      shown[name] = html;
      redraw(region(name), html);
    }
    for (const number of Object.keys(ends)) if (!(number in next.left)) delete ends[number];
    for (const [number, seconds] of Object.entries(next.left)) ends[number] = performance.now() + seconds * 1000;
    body.classList.toggle("dark", next.dark);
    body.classList.toggle("is-closed", next.front === "closed");
    body.classList.toggle("full", next.full);
    tick();
  }

  // Who goes from key to key without a finger stays on the key that is the same in the new picture.
  function redraw(where, html) {
    const held = where.contains(document.activeElement) ? JSON.stringify(document.activeElement.dataset) : null;
    where.innerHTML = html;
    if (held === null) return;
    const same = [...where.querySelectorAll("button")].find((key) => JSON.stringify(key.dataset) === held);
    if (same) same.focus();
  }

  function front() {
    if (picture.front === "staff") return isMaking ? "keys" : "staff";
    return isAwake || !RESTING.includes(picture.front) ? picture.front : "idle";
  }

  function tick() {
    const quiet = performance.now() - touchedAt;
    if (body.dataset.sheet && quiet > SHEET_MS) closeSheet();
    if (picture.front === "staff" && quiet > STAFF_MS) leave();
    if (isAwake && quiet > IDLE_MS && !picture.message && RESTING.includes(picture.front)) rest();
    const now = front();
    if (body.dataset.front !== now) {
      body.dataset.front = now;
      movedAt = performance.now();
    }
    for (const [number, end] of Object.entries(ends)) {
      const seconds = Math.max(0, Math.ceil((end - performance.now()) / 1000));
      const left = document.querySelector(`[data-left="${number}"]`);
      if (!left) continue;
      left.textContent = String(seconds);
      left.closest(".card").classList.toggle("last", seconds <= LAST_S);
    }
    for (const key of document.querySelectorAll('[data-act="count"]')) {
      key.setAttribute("aria-pressed", String(Number(key.dataset.count) === count));
    }
    for (const times of document.querySelectorAll(".visits .times")) {
      times.textContent = count > 1 ? `× ${count}` : "";
    }
    const typed = document.querySelector(".typed");
    typed.textContent = "●".repeat(pin.length);
  }

  function wake() {
    isAwake = true;
    touchedAt = performance.now();
  }

  // The next guest begins where every guest begins.
  function rest() {
    isAwake = false;
    count = 1;
    closeSheet();
    root.classList.remove("furigana");
    document.querySelector('[data-act="furigana"]').setAttribute("aria-pressed", "false");
  }

  // What stands for hours moves a little, and no pixel keeps its edge.
  function sway() {
    body.dataset.sway = String((Number(body.dataset.sway || 0) + 1) % SWAYS);
  }

  // ---- touching ------------------------------------------------------------------------------

  async function tell(path, fields, button) {
    if (button) {
      button.classList.add("sent");
      setTimeout(() => button.classList.remove("sent"), SENT_MS);
    }
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
      say("{送|おく}れませんでした。もう{一度|いちど}{押|お}してください。", "Not sent. Please touch again.");
    }
  }

  // `{漢字|かんじ}` is a word with its reading, as the server writes them.
  function withReadings(sentence) {
    return sentence.split(/(\{[^|{}]+\|[^|{}]+\})/).map((piece) => {
      const both = piece.match(/^\{(.+)\|(.+)\}$/);
      if (!both) return piece;
      const word = document.createElement("ruby");
      const reading = document.createElement("rt");
      reading.textContent = both[2];
      word.append(both[1], reading);
      return word;
    });
  }

  function say(sentence, english) {
    const told = document.createElement("div");
    told.className = "told look";
    const words = document.createElement("p");
    words.append(...withReadings(sentence));
    const small = document.createElement("small");
    small.lang = "en";
    small.className = "en";
    small.textContent = english;
    words.append(small);
    told.append(words);
    region("message").replaceChildren(told);
    clearTimeout(toastTimer);
    toastTimer = setTimeout(() => (region("message").innerHTML = shown.message || ""), TOAST_MS);
  }

  function openSheet(name) {
    pin = "";
    body.dataset.sheet = name;
    movedAt = performance.now();
  }

  function closeSheet() {
    pin = "";
    body.dataset.sheet = "";
  }

  function leave() {
    isMaking = false;
    touchedAt = performance.now();
    tell("/staff/leave", {});
  }

  // What weighs more is touched twice, not too fast and not too far apart.
  function undo(button) {
    const now = performance.now();
    const first = Number(button.dataset.first || -Infinity);
    if (now - first > CONFIRM_MS) {
      button.dataset.first = String(now);
      button.classList.add("asked");
      setTimeout(() => {
        button.classList.remove("asked");
        delete button.dataset.first;
      }, CONFIRM_MS);
    } else if (now - first > BOUNCE_MS) {
      tell("/staff/undo", { number: button.dataset.number }, button);
    }
  }

  const ACTS = {
    wake: () => wake(),
    count: (button) => (count = Number(button.dataset.count)),
    offer: (button) => {
      tell("/offer", { visit: button.dataset.visit, count }, button);
      count = 1;
    },
    hide: (button) => tell("/hide", { number: button.dataset.number }, button),
    list: () => (body.dataset.sheet === "again" ? closeSheet() : openSheet("again")),
    again: (button) => {
      tell("/again", { number: button.dataset.number }, button);
      closeSheet();
    },
    pin: () => (body.dataset.sheet === "pin" ? closeSheet() : openSheet("pin")),
    digit: (button) => (pin = (pin + button.dataset.digit).slice(0, MOST_DIGITS)),
    erase: () => (pin = pin.slice(0, -1)),
    open: (button) => {
      if (pin) tell("/staff/pin", { pin }, button);
      pin = "";
    },
    close: () => closeSheet(),
    make: () => (isMaking = true),
    leave: () => leave(),
    undo,
    furigana: (button) => button.setAttribute("aria-pressed", String(root.classList.toggle("furigana"))),
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button || button.classList.contains("sent")) return;
    if (performance.now() - movedAt < DEAF_MS) return;
    ACTS[button.dataset.act](button);
    tick();
  });
  document.addEventListener("pointerdown", () => (touchedAt = performance.now()), true);
  document.addEventListener("keydown", () => wake(), true);
  document.addEventListener("contextmenu", (event) => event.preventDefault());

  setInterval(sway, SWAY_MS);
  setInterval(tick, 250);
  tick();
  window.hear("/events", "/now", draw, window.heardOfDesk);
})();
