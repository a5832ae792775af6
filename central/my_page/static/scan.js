// 「読み取る」: the camera looks for addresses of this host that a bus, a bath or a shop shows, and opens them.

import { busy, notice } from "./app.js";

const EVERY_MS = 200;
const WIDTH = 640;
const PLACES = [/^\/ride$/, /^\/p$/, /^\/shop(\/|$)/];

const video = document.getElementById("camera");
const start = document.getElementById("start");

/** The address to open for a code's text, undefined for what is none of ours. Nothing acts by being opened. */
export function ours(text) {
  const address = URL.canParse(text) ? new URL(text) : undefined;
  const isOurs = address?.origin === location.origin && PLACES.some((place) => place.test(address.pathname));
  return isOurs ? address.href : undefined;
}

async function reader() {
  const formats = (await globalThis.BarcodeDetector?.getSupportedFormats().catch(() => [])) ?? [];
  if (formats.includes("qr_code")) {
    const detector = new BarcodeDetector({ formats: ["qr_code"] });
    return async (canvas) => (await detector.detect(canvas))[0]?.rawValue;
  }
  // Only for browsers without a detector of their own: it is larger than the whole page.
  await load("/static/vendor/jsqr/jsQR.js");
  return async (canvas, context) => {
    const { data, width, height } = context.getImageData(0, 0, canvas.width, canvas.height);
    return globalThis.jsQR(data, width, height, { inversionAttempts: "dontInvert" })?.data;
  };
}

function load(address) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    Object.assign(script, { src: address, onload: resolve, onerror: () => reject(new Error(address)) });
    document.head.append(script);
  });
}

async function look() {
  try {
    const wanted = { video: { facingMode: "environment", width: { ideal: 1280 } }, audio: false };
    video.srcObject = await navigator.mediaDevices.getUserMedia(wanted);
    await video.play();
  } catch {
    notice("trouble", "scan.refused");
    return;
  }
  start.hidden = true;
  await readUntilOurs(await reader());
}

async function readUntilOurs(read) {
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", { willReadFrequently: true });
  while (video.srcObject?.active) {
    canvas.width = Math.min(WIDTH, video.videoWidth);
    canvas.height = Math.round((canvas.width * video.videoHeight) / video.videoWidth);
    context.drawImage(video, 0, 0, canvas.width, canvas.height);
    const text = await read(canvas, context);
    const address = text && ours(text);
    if (address) {
      stop();
      location.assign(address);
      return;
    }
    if (text) notice("trouble", "scan.strange");
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  }
}

function stop() {
  for (const track of video.srcObject?.getTracks() ?? []) track.stop();
  video.srcObject = null;
  start.hidden = false;
}

start.addEventListener("click", () => busy(start, look));
document.addEventListener("visibilitychange", () => document.hidden && stop());
