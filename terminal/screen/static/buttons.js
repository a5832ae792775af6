"use strict";
// The driver's four buttons: ◀ ▶ move a ring among what could be touched, ● touches it, ↩ goes back.
// It knows no button by name: what is enabled, visible and on top can be reached, whatever the page will have.
(function () {
  const JUMP_MS = 400;
  const BUTTONS = "button:enabled, summary";
  const HOLDERS = ".left, .right, main, body";

  let pointed = null; // what the ring is around, or was before its region was drawn anew
  let on = false; // a finger hides the ring, the next key shows it again
  let opening = null; // of the question that was last seen
  let jumpedAt = -Infinity;

  // ---- what can be reached -----------------------------------------------------------------------

  function onTop(node) {
    const box = node.getBoundingClientRect();
    const there = document.elementsFromPoint(box.left + box.width / 2, box.top + box.height / 2);
    const top = there.find((each) => !each.closest(".toast"));
    return node.checkVisibility() && Boolean(top) && node.contains(top);
  }

  function reachable() {
    const sheet = document.querySelector("details[open]");
    const all = [...(sheet || document).querySelectorAll(BUTTONS)].filter(onTop);
    const close = closer(all);
    return close ? all.filter((each) => panelOf(close).contains(each)) : all;
  }

  function closer(buttons) {
    return buttons.find((each) => each.dataset.act === "close");
  }

  // What opens over the page stands in one of its halves, whole.
  function panelOf(close) {
    let panel = close;
    while (!panel.parentElement.matches(HOLDERS)) panel = panel.parentElement;
    return panel;
  }

  function usual(buttons) {
    const main = buttons.filter((each) => each.closest("main"));
    return (
      ["[aria-current]", ".candidate", ".start"].map((kind) => main.find((each) => each.matches(kind))).find(Boolean) ||
      main.find((each) => !each.closest("header, .undo")) ||
      buttons[0] ||
      null
    );
  }

  // ---- the ring ----------------------------------------------------------------------------------

  function point(button) {
    for (const each of document.querySelectorAll(".pointed")) if (each !== button) each.classList.remove("pointed");
    if (button && !button.classList.contains("pointed")) button.classList.add("pointed");
    pointed = button;
  }

  function hide() {
    on = false;
    for (const each of document.querySelectorAll(".pointed")) each.classList.remove("pointed");
  }

  // A region that is drawn anew has new buttons: the same one is the one that says and does the same.
  function same(button) {
    return (other) => other.textContent === button.textContent && other.dataset.act === button.dataset.act;
  }

  // The page has changed: the ring stays where it is, or goes where it would begin.
  function settle() {
    const buttons = reachable();
    const asked = buttons.find((each) => each.matches(".candidate"))?.dataset.opening ?? null;
    const isNew = asked !== null && asked !== opening;
    opening = asked;
    if (isNew) pointed = null;
    if (!on) return;
    const kept = buttons.includes(pointed) ? pointed : pointed && buttons.find(same(pointed));
    if (!kept) jumpedAt = performance.now();
    point(kept || usual(buttons));
  }

  // ---- the keys ----------------------------------------------------------------------------------

  function move(step) {
    const buttons = reachable();
    if (!buttons.length) return;
    const here = buttons.indexOf(pointed);
    point(here < 0 ? usual(buttons) : buttons[(here + step + buttons.length) % buttons.length]);
  }

  function act() {
    // What the ring has only just jumped to is not what the key was for.
    if (pointed && performance.now() - jumpedAt >= JUMP_MS) pointed.click();
  }

  function back() {
    const sheet = document.querySelector("details[open]");
    const close = closer(reachable());
    for (const armed of document.querySelectorAll(".sure")) {
      armed.classList.remove("sure");
      delete armed.dataset.first;
    }
    if (sheet) sheet.open = false;
    else if (close) close.click();
    else document.querySelector(".all-trips")?.classList.remove("all-trips");
    point(usual(reachable()));
  }

  document.addEventListener("key", (event) => {
    if (!on) {
      on = true;
      settle();
      jumpedAt = -Infinity;
      return;
    }
    ({ left: () => move(-1), right: () => move(1), do: act, back })[event.detail]();
  });
  document.addEventListener("pointerdown", hide);

  // Also called by the ring's own class: then nothing is left to do, and it ends there.
  new MutationObserver(settle).observe(document.body, {
    subtree: true,
    childList: true,
    attributes: true,
    attributeFilter: ["class", "hidden", "open", "disabled", "data-mode"],
  });
})();
