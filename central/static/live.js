"use strict";
// Keeps the open page true. The server says that something changed; the parts that may have are fetched again and
// blended in node by node, so that what is open, focused or being typed stays as it is.

const POLL_MS = 5000;
const RETRY_MS = 60000;
const CALM_MS = 1000;
const GLOW_MS = 2600;
const MOVING = ["map", "figures", "devices"];

const parts = new Map([...document.querySelectorAll("[data-part]")].map((part) => [part.dataset.part, part]));
const lamp = document.getElementById("live");
const SAID = {
  live: "自動更新中",
  poll: "5秒ごとに更新中",
  lost: "更新が止まっています。再接続しています…",
};

const due = new Set();
const filled = new WeakSet();
let fetching = false;
let leaving = false;
let record = Number(document.body.dataset.record);
let polling = null;
let mode = "live";

function say(state) {
  lamp.hidden = false;
  lamp.dataset.state = state;
  const text = state === "lost" ? SAID.lost : `${SAID[state]}　${new Date().toLocaleTimeString("ja-JP")}`;
  lamp.querySelector("span").textContent = text;
}

function want(names) {
  names.forEach((name) => due.add(name));
  refresh();
}

async function refresh() {
  if (fetching || leaving || document.hidden || due.size === 0) return;
  fetching = true;
  const names = [...due];
  due.clear();
  let pause = CALM_MS;
  try {
    await Promise.all(names.map(load));
    say(mode);
  } catch {
    names.forEach((name) => due.add(name));
    pause = POLL_MS;
    say("lost");
  }
  setTimeout(() => {
    fetching = false;
    refresh();
  }, pause);
}

async function load(name) {
  const part = parts.get(name);
  const answer = await fetch(part.dataset.url + location.search);
  if (answer.status === 401) {
    // Signed out, or no longer of the staff: what stands here is not for this screen any more.
    if (!leaving) location.reload();
    leaving = true;
    return;
  }
  if (!answer.ok) throw new Error(`${answer.status}`);
  const fresh = document.createElement(part.tagName);
  fresh.append(...new DOMParser().parseFromString(await answer.text(), "text/html").body.childNodes);
  const day = part.querySelector("[data-day]")?.dataset.day;
  if (day && fresh.querySelector("[data-day]")?.dataset.day !== day) {
    // Midnight: the title and the choices belong to yesterday.
    location.reload();
    return;
  }
  blendChildren(part, fresh);
}

function blend(shown, fresh) {
  for (const { name, value } of fresh.attributes) {
    if (shown.getAttribute(name) !== value) shown.setAttribute(name, value);
  }
  for (const { name } of [...shown.attributes]) {
    if (name !== "open" && !fresh.hasAttribute(name)) shown.removeAttribute(name);
  }
  if (!shown.hasAttribute("data-keep")) blendChildren(shown, fresh);
}

function blendChildren(shown, fresh) {
  const named = new Map([...shown.children].filter((node) => node.id).map((node) => [node.id, node]));
  const staying = new Set([...fresh.children].map((node) => node.id));
  for (const [id, node] of named) if (!staying.has(id)) node.remove();
  let here = shown.firstChild;
  for (const node of [...fresh.childNodes]) {
    const same = node.id ? named.get(node.id) : counterpart(here, node);
    if (!same) {
      shown.insertBefore(node, here);
      glow(node);
      continue;
    }
    // Moving a node would take the focus from it: what stands between goes instead, unless it is a row of its own.
    while (here && here !== same && !here.id) here = removed(here);
    if (same === here) here = here.nextSibling;
    else shown.insertBefore(same, here);
    if (same.nodeType === Node.ELEMENT_NODE) blend(same, node);
    else if (same.data !== node.data) same.data = node.data;
  }
  while (here) here = removed(here);
}

function counterpart(here, node) {
  if (node.nodeType !== Node.ELEMENT_NODE) return here?.nodeType === node.nodeType ? here : null;
  let found = here;
  while (found && !found.id && found.nodeName !== node.nodeName) found = found.nextSibling;
  return found && !found.id ? found : null;
}

function removed(node) {
  const next = node.nextSibling;
  node.remove();
  return next;
}

function glow(node) {
  if (node.nodeName !== "TR" && node.nodeName !== "LI") return;
  const soft = getComputedStyle(document.documentElement).getPropertyValue("--warn-soft");
  node.animate([{ backgroundColor: soft }, { backgroundColor: soft, offset: 0.5 }, {}], GLOW_MS);
}

function listen() {
  const news = new EventSource("/today/events");
  news.addEventListener("change", (event) => {
    const newest = JSON.parse(event.data).record;
    want(newest === record ? MOVING : [...parts.keys()]);
    record = newest;
  });
  news.addEventListener("beat", () => want(MOVING));
  news.addEventListener("open", () => {
    clearInterval(polling);
    polling = null;
    mode = "live";
  });
  news.addEventListener("error", () => {
    if (news.readyState !== EventSource.CLOSED) {
      say("lost");
      return;
    }
    // No place among the live pages: ask regularly, and try for a place again.
    mode = "poll";
    polling ??= setInterval(() => want([...parts.keys()]), POLL_MS);
    want([...parts.keys()]);
    setTimeout(listen, RETRY_MS);
  });
}

async function open(event) {
  const details = event.target;
  const body = details.querySelector?.("[data-keep]");
  if (!details.open || !body || filled.has(details)) return;
  filled.add(details);
  const answer = await fetch(details.dataset.url);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const found = page.getElementById("record");
  if (found) {
    found.removeAttribute("id");
    body.replaceChildren(found);
  } else {
    filled.delete(details);
  }
}

document.addEventListener("toggle", open, true);
document.addEventListener("visibilitychange", refresh);
// Addresses are for people too: a choice left at "all" is not written.
document.getElementById("filter").addEventListener("formdata", ({ formData }) => {
  for (const [name, value] of [...formData]) if (!value) formData.delete(name);
});
listen();
