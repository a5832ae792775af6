"use strict";
// In the head, before anything is drawn: at night a white flash blinds.
(function () {
  const NAME = "yukemuri-theme";
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
    root.dataset.theme = chosen() || (dark.matches ? "night" : "day");
  }

  window.toggleTheme = function () {
    const theme = root.dataset.theme === "night" ? "day" : "night";
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
