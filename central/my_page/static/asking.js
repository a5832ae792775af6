// Asking the village's server. What may have happened is asked again by the same id, so that it happens once.

import { keep } from "/passes/static/phone.js";

const PATIENCE_MS = 10_000;

/** The server said no, by a name that the table of words has. */
export class Refused extends Error {}

/** Nobody is signed in, or not any more. */
export class SignedOut extends Error {}

/** No answer: no network, or none in time. */
export class Unreachable extends Error {}

/** The JSON at an address below /m/api/; with `body` it is posted. */
export async function ask(name, body) {
  const options = body && { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" } };
  const more = { cache: "no-store", redirect: "error", signal: AbortSignal.timeout(PATIENCE_MS) };
  const answer = await fetch(`/m/api/${name}`, { ...options, ...more }).catch((error) => {
    throw new Unreachable(error.message);
  });
  if (answer.status === 401) throw new SignedOut();
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refused(said.error ?? "failed");
  return said;
}

/**
 * Ask for something that must happen once: the id is stored before it is asked, and the same body again goes under the
 * same id until there was an answer.
 */
export async function askOnce(name, body) {
  const text = JSON.stringify(body);
  const { id } = await keep(`asked/${name}`, (before) =>
    before?.text === text ? before : { text, id: crypto.randomUUID() },
  );
  try {
    const said = await ask(name, { ...body, id });
    await answered(name);
    return said;
  } catch (error) {
    if (error instanceof Refused) await answered(name);
    throw error;
  }
}

function answered(name) {
  return keep(`asked/${name}`, () => undefined);
}

/** The name in the table of words for what went wrong. */
export function wentWrong(error) {
  if (error instanceof Unreachable) return "no-network";
  return error instanceof Refused ? error.message : "failed";
}
