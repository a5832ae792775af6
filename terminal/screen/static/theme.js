"use strict";
// In the head, before anything is drawn: at night a white flash blinds.
(function () {
  const NAME = "yukemuri-theme";
  const THEMES = ["day", "night", "snow"];
  const root = document.documentElement;
  const dark = window.matchMedia("(prefers-color-scheme: dark)");

  function chosen() {
    try {
      return localStorage.getItem(NAME);
    } catch {
      return null;
    }
  }

  function apply() {
    const theme = chosen();
    root.dataset.theme = THEMES.includes(theme) ? theme : dark.matches ? "night" : "day";
  }

  window.nextTheme = function () {
    const theme = THEMES[(THEMES.indexOf(root.dataset.theme) + 1) % THEMES.length];
    root.dataset.theme = theme;
    try {
      localStorage.setItem(NAME, theme);
    } catch {
      // Without storage the choice holds until the page is loaded again.
    }
  };

  dark.addEventListener("change", apply);
  apply();
})();
