"use strict";
// How a page hears of the bus: live, and while it gets no stream, by asking again and again.
(function () {
  const ASK_MS = 2000;
  const RETRY_LIVE_MS = 15000;

  // `draw` takes each picture, `beat` each sign of life; `others` has what takes the data of further kinds of event.
  window.hear = function (stream, now, draw, beat, others = {}) {
    let asking = 0;

    function listen() {
      const live = new EventSource(stream);
      live.onopen = () => stopAsking();
      live.onmessage = (event) => draw(JSON.parse(event.data));
      live.addEventListener("beat", beat);
      for (const [kind, take] of Object.entries(others)) live.addEventListener(kind, (event) => take(event.data));
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
        const response = await fetch(now, { signal: AbortSignal.timeout(ASK_MS) });
        if (response.ok) draw(await response.json());
      } catch {
        // The next turn asks again; the page itself says so if none is answered.
      }
    }

    listen();
  };
})();
