// The QR symbol, drawn as the buses' cameras want it: correction M, quiet zone 4, dark on light whatever the page's colours.

import encodeQR from "../../static/vendor/qr/index.js";

const QUIET_ZONE = 4;
const LEAST_WIDTH = 320; // CSS pixels, quiet zone included: about 50 mm on a phone
const SVG = "http://www.w3.org/2000/svg";

/** Draw `text` into an <svg>, as wide as `room` (CSS pixels) allows in whole pixels a module, at least 320. */
export function drawSymbol(svg, text, room) {
  const options = { ecc: "medium", encoding: "alphanumeric", border: QUIET_ZONE };
  const rows = encodeQR(text, "raw", options);
  const side = rows.length;
  const whole = (Math.floor((room * devicePixelRatio) / side) * side) / devicePixelRatio;
  const width = Math.max(whole, LEAST_WIDTH);
  set(svg, { viewBox: `0 0 ${side} ${side}`, width, height: width, "shape-rendering": "crispEdges" });
  svg.replaceChildren(
    shape("rect", { width: side, height: side, fill: "#fff" }),
    shape("path", { d: rows.map(darkRuns).join(""), fill: "#000" }),
  );
}

function darkRuns(row, y) {
  let path = "";
  for (let x = 0; x < row.length; x += 1) {
    const from = x;
    while (row[x]) x += 1;
    if (x > from) path += `M${from} ${y}h${x - from}v1H${from}z`;
  }
  return path;
}

function shape(name, attributes) {
  const element = document.createElementNS(SVG, name);
  set(element, attributes);
  return element;
}

function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
}
