// Keeps the shell of マイページ, nothing else: what the server says of a member is never kept here.
// VERSION and SHELL stand before this: another byte anywhere in the shell is another version.

const CACHE = `yukemuri-shell-${VERSION}`;

addEventListener("install", (event) => {
  // All of it anew, past the browser's own cache, or none: a shell of two versions would not work.
  const all = SHELL.map((address) => new Request(address, { cache: "reload" }));
  event.waitUntil(
    caches
      .open(CACHE)
      .then((cache) => cache.addAll(all))
      .then(() => skipWaiting()),
  );
});

addEventListener("activate", (event) => {
  event.waitUntil(dropOthers().then(() => clients.claim()));
});

addEventListener("fetch", (event) => {
  const { method, url } = event.request;
  const { origin, pathname } = new URL(url);
  if (method === "GET" && origin === location.origin && SHELL.includes(pathname)) {
    event.respondWith(fromShell(pathname, event.request));
  }
});

async function fromShell(pathname, request) {
  const cache = await caches.open(CACHE);
  return (await cache.match(pathname)) ?? fetch(request);
}

async function dropOthers() {
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith("yukemuri-shell-") && name !== CACHE);
  await Promise.all(old.map((name) => caches.delete(name)));
}
