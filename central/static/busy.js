// A form that takes seconds says so, and cannot be sent twice.
"use strict";

for (const form of document.querySelectorAll("form[data-busy]")) {
  form.addEventListener("submit", () => {
    const button = form.querySelector("button:not([type='button'])");
    button.dataset.label = button.textContent;
    button.textContent = form.dataset.busy;
    button.setAttribute("aria-disabled", "true");
    // Disabled only once the form is on its way, or it would not be sent.
    setTimeout(() => { button.disabled = true; });
  });
}

// Coming back with the browser's own button finds the page as it was left.
addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("button[data-label]")) {
    button.textContent = button.dataset.label;
    button.removeAttribute("aria-disabled");
    button.disabled = false;
    delete button.dataset.label;
  }
});
