// Charging by card: the amount goes to the server under an id that is stored first, and the page of the gateway opens.

import { busy, explain, notice } from "./app.js";
import { askOnce, SignedOut, wentWrong } from "./asking.js";

const form = document.getElementById("charge");

async function go() {
  const amount = Number(new FormData(form).get("amount"));
  try {
    const { url } = await askOnce("charge", { amount });
    location.assign(url);
  } catch (error) {
    if (error instanceof SignedOut) explain(error);
    else notice("trouble", wentWrong(error));
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  busy(event.submitter, go);
});
