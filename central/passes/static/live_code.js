// Keeps a code fresh as long as somebody can see it, and the screen on.

const LIFE_MS = 10_000;
const STALE_MS = 30_000;
const TICK_MS = 1_000;

/**
 * Hand a new code to `show` every 10 seconds, and at once when the page becomes visible again. `make` resolves to the
 * code. `show(undefined, error)` when there is none: while the page is hidden, so that nobody comes back to an old one,
 * and when `make` fails. Answers with a function that makes a new one now.
 */
export function keepFresh(make, show) {
  let madeAt = -Infinity;
  let isMaking = false;
  let isWanted = false;

  async function renew() {
    isWanted = true;
    if (document.hidden) show();
    if (isMaking) return;
    isMaking = true;
    while (isWanted && !document.hidden) {
      isWanted = false;
      await makeOne();
    }
    isMaking = false;
  }

  async function makeOne() {
    const began = Date.now();
    try {
      const code = await make();
      if (document.hidden) return;
      show(code);
      madeAt = began;
    } catch (error) {
      show(undefined, error);
      madeAt = -Infinity;
    }
  }

  // A timer of 10 seconds would sleep with the machine; and a clock may be set back.
  function tick() {
    const age = Date.now() - madeAt;
    if (age >= STALE_MS) show();
    if (age < 0 || age >= LIFE_MS) renew();
  }

  document.addEventListener("visibilitychange", renew);
  addEventListener("pageshow", renew);
  addEventListener("focus", renew);
  setInterval(tick, TICK_MS);
  renew();
  return renew;
}

/** Ask that the screen stays on while the page is visible. Browsers may refuse, with a low battery for one. */
export function keepAwake() {
  async function ask() {
    try {
      if (!document.hidden) await navigator.wakeLock?.request("screen");
    } catch {
      // The code is as good on a screen that has to be touched now and then.
    }
  }
  document.addEventListener("visibilitychange", ask);
  ask();
}
