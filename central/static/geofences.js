// The map of geofences: lines and poles of the feed, circles to drag. The form beside it holds what is sent.
"use strict";

const METRES_PER_DEGREE = 111195;
const NAMES_FROM_ZOOM = 15;
const place = document.getElementById("map");
const form = document.getElementById("fence");
const find = document.getElementById("find");

function draw(data) {
  const map = L.map(place, { attributionControl: false, zoomSnap: 0.25, preferCanvas: false });
  if (place.dataset.tiles) {
    L.control.attribution({ prefix: false }).addTo(map);
    const owner = document.createElement("span");
    owner.textContent = place.dataset.attribution;
    L.tileLayer(place.dataset.tiles, { attribution: owner.outerHTML, maxZoom: 19 }).addTo(map);
  }
  for (const line of data.lines) {
    L.polyline(line, { className: "road", color: null, weight: 3, interactive: false }).addTo(map);
  }
  const names = [];
  let chosen = null;
  for (const pole of data.poles) {
    const [lat, lon, radius] = pole.fence;
    const mine = pole.id === place.dataset.chosen;
    const circle = L.circle([lat, lon], {
      radius,
      className: (pole.office ? "circle-office" : "circle-feed") + (mine ? " circle-chosen" : ""),
      color: null, fillColor: null, weight: 1.5, fillOpacity: 0.15, dashArray: pole.office ? "6 4" : null,
    }).addTo(map);
    const post = L.circleMarker(pole.pole, {
      className: "post", color: null, fillColor: null, radius: mine ? 6 : 4, weight: 1.5, fillOpacity: 1,
    }).addTo(map);
    for (const shape of [circle, post]) {
      shape.on("click", () => { location.href = `${place.dataset.page}?${new URLSearchParams({ stop: pole.id })}`; });
    }
    // As text: the map would read a string as markup, and names come from strangers.
    const name = document.createElement("span");
    name.textContent = pole.name;
    names.push(post.bindTooltip(name, { className: "stop-name", direction: "right", offset: [6, 0] }));
    if (mine) chosen = { pole, circle };
  }
  const all = L.latLngBounds(data.poles.map((pole) => pole.pole));
  if (chosen && form) {
    map.setView(chosen.circle.getLatLng(), 17);
    edit(map, chosen);
  } else {
    map.fitBounds(all, { padding: [30, 30] });
  }
  label(map, names);
  map.on("zoomend", () => label(map, names));
}

// Names stand beside the poles once there is room for them; before that a pointer shows them.
function label(map, posts) {
  const permanent = map.getZoom() >= NAMES_FROM_ZOOM;
  for (const post of posts) {
    const tooltip = post.getTooltip();
    if (tooltip.options.permanent === permanent) continue;
    post.unbindTooltip().bindTooltip(tooltip.getContent(), { ...tooltip.options, permanent });
  }
}

function edit(map, { pole, circle }) {
  const [lat, lon, radius] = ["lat", "lon", "radius"].map((name) => form.elements[name]);
  // Above the names, which would cover it.
  map.createPane("handle").style.zIndex = 660;
  const icon = L.divIcon({ className: "handle", iconSize: [20, 20] });
  const handle = L.marker(circle.getLatLng(), {
    draggable: true, keyboard: true, pane: "handle", icon, title: "円の中心", alt: "円の中心", autoPan: true,
  }).addTo(map);

  function tell() {
    const metres = map.distance(pole.pole, circle.getLatLng());
    document.getElementById("moved").textContent = `標柱から ${metres.toFixed(0)} m`;
  }

  function move(at) {
    circle.setLatLng(at);
    handle.setLatLng(at);
    lat.value = at.lat.toFixed(6);
    lon.value = at.lng.toFixed(6);
    tell();
  }

  function follow() {
    if (![lat, lon, radius].every((input) => input.value && Number.isFinite(input.valueAsNumber))) return;
    circle.setLatLng([lat.valueAsNumber, lon.valueAsNumber]);
    handle.setLatLng(circle.getLatLng());
    circle.setRadius(Math.max(radius.valueAsNumber, 0));
    tell();
  }

  handle.on("drag", () => move(handle.getLatLng()));
  handle.getElement().addEventListener("keydown", (event) => {
    const steps = { ArrowUp: [1, 0], ArrowDown: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1] };
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    const at = circle.getLatLng();
    const east = METRES_PER_DEGREE * Math.cos((at.lat * Math.PI) / 180);
    move(L.latLng(at.lat + step[0] / METRES_PER_DEGREE, at.lng + step[1] / east));
  });
  for (const input of [lat, lon, radius]) input.addEventListener("input", follow);
  document.getElementById("how").hidden = false;
  follow();
}

if (find) {
  find.hidden = false;
  const poles = [...document.querySelectorAll(".poles li")];
  find.querySelector("input").addEventListener("input", (event) => {
    const text = event.target.value.trim();
    for (const pole of poles) pole.hidden = !pole.textContent.includes(text);
  });
  document.querySelector(".poles [aria-current]")?.scrollIntoView({ block: "nearest" });
}

if (place) {
  fetch(place.dataset.source).then((answer) => answer.json()).then(draw);
}
