"use strict";
// The rider's display: the answer for some seconds, else a hint, else the idle view. Nothing here takes a touch.
(function () {
  const ANSWER_MS = 6000;
  const LOST_MS = 12000;

  const root = document.documentElement;
  const body = document.body;
  const shown = {};
  let number = Number(body.dataset.number);
  let answeredAt = performance.now() - Number(body.dataset.ago) * 1000;
  let heardAt = performance.now();

  function region(name) {
    return document.querySelector(`[data-region="${name}"]`);
  }

  function draw(picture) {
    heard();
    if (picture.key !== root.dataset.key) {
      location.reload();
      return;
    }
    for (const [name, html] of Object.entries(picture.regions)) {
      if (shown[name] !== html) {
        shown[name] = html;
        region(name).innerHTML = html;
      }
    }
    if (picture.number !== number) {
      number = picture.number;
      answeredAt = performance.now() - picture.ago * 1000;
      flash();
    }
    tick();
  }

  function flash() {
    region("answer").classList.remove("fresh");
    void body.offsetWidth; // restarts the animation, so that two equal answers are seen as two
    region("answer").classList.add("fresh");
  }

  function heard() {
    heardAt = performance.now();
  }

  function tick() {
    const now = performance.now();
    const front = [
      [now - heardAt >= LOST_MS, "lost"],
      [number > 0 && now - answeredAt < ANSWER_MS, "answer"],
      [region("hint").children.length > 0, "hint"],
      [true, "idle"],
    ].find(([holds]) => holds)[1];
    if (body.dataset.front !== front) body.dataset.front = front;
  }

  // The driver chooses day or night for both, where both pages stand in one browser.
  window.addEventListener("storage", (event) => {
    if (event.key === "yukemuri-theme" && event.newValue) root.dataset.theme = event.newValue;
  });

  setInterval(tick, 250);
  tick();
  window.hear("/rider/events", "/rider/now", draw, heard);
})();
