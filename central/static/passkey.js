// Passkeys: asks the server for a question, lets the device answer it, sends the answer back.
// A form with data-passkey="new" or "get", data-options and data-answer; what goes wrong is written into its [role=alert].
"use strict";

const toBytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const toText = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

async function post(address, body) {
  const answer = await fetch(address, { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" } });
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(said.error || "");
  return said;
}

async function make(options) {
  const made = await navigator.credentials.create({
    publicKey: {
      ...options,
      challenge: toBytes(options.challenge),
      user: { ...options.user, id: toBytes(options.user.id) },
      excludeCredentials: options.excludeCredentials.map((each) => ({ ...each, id: toBytes(each.id) })),
    },
  });
  return {
    id: made.id,
    rawId: toText(made.rawId),
    type: made.type,
    response: {
      clientDataJSON: toText(made.response.clientDataJSON),
      attestationObject: toText(made.response.attestationObject),
    },
  };
}

async function get(options) {
  const used = await navigator.credentials.get({ publicKey: { ...options, challenge: toBytes(options.challenge) } });
  return {
    id: used.id,
    rawId: toText(used.rawId),
    type: used.type,
    response: {
      clientDataJSON: toText(used.response.clientDataJSON),
      authenticatorData: toText(used.response.authenticatorData),
      signature: toText(used.response.signature),
    },
  };
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  // Keys hold to a name, and an address in numbers is none.
  form.hidden = !window.PublicKeyCredential || /^[\d.:[\]]+$/.test(location.hostname);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const says = form.querySelector("[role=alert]");
    const button = form.querySelector("button");
    says.textContent = "";
    button.disabled = true;
    try {
      const options = await post(form.dataset.options, {});
      const answer = form.dataset.passkey === "new" ? await make(options) : await get(options);
      const more = Object.fromEntries(new FormData(form));
      location.assign((await post(form.dataset.answer, { ...more, answer: JSON.stringify(answer) })).next);
    } catch (error) {
      // The browser's own errors are for programmers; whoever has put the phone away knows that they have.
      says.textContent = error instanceof DOMException ? form.dataset.failed : error.message || form.dataset.failed;
      button.disabled = false;
    }
  });
}
