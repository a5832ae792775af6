"use strict";
// The rider's display: the answer for some seconds, else a hint, else the idle view. Nothing here takes a touch.
(function () {
  const ANSWER_MS = 6000;
  const LOST_MS = 12000;
  const ASK_MS = 2000;
  const RETRY_LIVE_MS = 15000;

  const root = document.documentElement;
  const body = document.body;
  const shown = {};
  let number = Number(body.dataset.number);
  let answeredAt = performance.now() - Number(body.dataset.ago) * 1000;
  let heardAt = performance.now();
  let asking = 0;

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

  function listen() {
    const live = new EventSource("/rider/events");
    live.onopen = () => stopAsking();
    live.onmessage = (event) => draw(JSON.parse(event.data));
    live.addEventListener("beat", heard);
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
      const response = await fetch("/rider/now", { signal: AbortSignal.timeout(ASK_MS) });
      if (response.ok) draw(await response.json());
    } catch {
      // The next turn asks again; `tick` puts up the ticket sign if none is answered.
    }
  }

  // The driver chooses day or night for both, where both pages stand in one browser.
  window.addEventListener("storage", (event) => {
    if (event.key === "yukemuri-theme" && event.newValue) root.dataset.theme = event.newValue;
  });

  setInterval(tick, 250);
  tick();
  listen();
})();
