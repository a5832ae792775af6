// Before anything is drawn, so that nobody sees the other language first. A script of its own: modules come later.

document.documentElement.dataset.lang = document.documentElement.lang = localStorage.getItem("yukemuri-lang") ?? "ja";
document.documentElement.classList.toggle("furigana", localStorage.getItem("yukemuri-furigana") === "1");
