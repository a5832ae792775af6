// ふりがな on or off, as on the member's page: before anything is drawn, and at the button.

const html = document.documentElement;
html.classList.toggle("furigana", localStorage.getItem("yukemuri-furigana") === "1");

document.addEventListener("DOMContentLoaded", () => {
  const button = document.getElementById("furigana");
  const shown = () => button.setAttribute("aria-pressed", html.classList.contains("furigana"));
  button.addEventListener("click", () => {
    localStorage.setItem("yukemuri-furigana", html.classList.toggle("furigana") ? "1" : "0");
    shown();
  });
  shown();
});
