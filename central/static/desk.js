"use strict";
// Fetches the page anew each minute, so that what is done goes away; the focus stays where it was.

const EVERY_MS = 60000;

async function renew() {
  if (document.hidden) return;
  const answer = await fetch(location.pathname).catch(() => null);
  // Signed out, or the server is away: what stands here says as of when it is.
  if (!answer?.ok || answer.redirected) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main");
  const focused = document.activeElement?.closest("main a, main [tabindex]");
  const label = focused?.textContent;
  document.querySelector("main").replaceWith(fresh);
  if (!focused) return;
  const same = [...fresh.querySelectorAll("a, [tabindex]")].find((each) => each.textContent === label);
  same?.focus({ preventScroll: true });
}

setInterval(renew, EVERY_MS);
document.addEventListener("visibilitychange", renew);
