"use strict";
// A page that hears nothing says so, and loads itself anew as soon as somebody answers; and it tells that it still draws.
(function () {
  const LOST_MS = 12000;
  const LOOK_MS = 4000;
  const BEAT_MS = 10000;

  const lost = document.querySelector(".lost");
  let heardAt = performance.now();

  window.heardOfDesk = function () {
    heardAt = performance.now();
    lost.hidden = true;
  };

  // Never without an answer first: a browser's own error page does not come back by itself.
  async function look() {
    if (performance.now() - heardAt < LOST_MS) return;
    lost.hidden = false;
    try {
      const response = await fetch("/now", { signal: AbortSignal.timeout(LOOK_MS) });
      if (response.ok) location.reload();
    } catch {
      // Looked for again at the next turn.
    }
  }

  // From within a frame: who no longer draws no longer says so.
  function beat() {
    requestAnimationFrame(() => {
      const headers = { "X-Screen-Key": document.documentElement.dataset.key };
      fetch("/beat", { method: "POST", headers }).catch(() => {});
    });
  }

  setInterval(look, LOOK_MS);
  setInterval(beat, BEAT_MS);
  beat();
})();
