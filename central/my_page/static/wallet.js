// The wallet: what is kept is shown at once, then what the server says.

import { kept } from "/passes/static/phone.js";
import { fetched, summary } from "./app.js";
import { clock, figure, learnStops, make, named, put, say, stopNamed } from "./words.js";

function show(found) {
  document.getElementById("found").hidden = false;
  learnStops(found.stops);
  fetched(found.at);
  document.getElementById("name").textContent = found.name;
  put("#balance", figure(found.balance));
  put("#held", ...(found.held ? [say("wallet.held", figure(found.held))] : []));
  const expiring = found.expiring.map(({ last_day, amount }) => row(say("wallet.expires", last_day, figure(amount))));
  put("#expiring", ...(expiring.length ? expiring : [row(say("wallet.never"))]));
  list("#tickets", tickets(found), "wallet.no-tickets");
  list("#rides", found.rides.map(ride), "wallet.no-rides");
  list("#lines", found.lines.map(line), "wallet.no-lines");
  // What was kept by an earlier version has none.
  const claims = (found.claims ?? []).map(claim);
  document.getElementById("points-part").hidden = claims.length === 0;
  put("#points", ...claims);
  const charges = found.charges.map(charge);
  document.getElementById("charges-part").hidden = charges.length === 0;
  put("#charges", ...charges);
}

function list(selector, rows, empty) {
  put(selector, ...(rows.length ? rows : [make("li", "empty", say(empty))]));
}

function tickets(found) {
  const rows = [];
  if (found.ride_value) {
    const until = found.ride_value_expiring.map(({ last_day, amount }) =>
      small(say("wallet.value-expires", last_day, figure(amount))),
    );
    rows.push(row(strong(say("wallet.ride-value")), say("wallet.left", figure(found.ride_value)), ...until));
  }
  for (const { section, left, last_day } of found.returns) {
    rows.push(row(strong(say("wallet.return")), ...between(section), small(say("wallet.trips", left, last_day))));
  }
  for (const { section, first_day, last_day } of found.commuter) {
    const where = section ? between(section) : [say("wallet.all")];
    rows.push(row(strong(say("wallet.commuter")), ...where, small(`${first_day} – ${last_day}`)));
  }
  return rows;
}

function between([one, other]) {
  return [stopNamed(one), " ⇄ ", stopNamed(other)];
}

function ride(each) {
  const what = make("span", "what", ...journey(each));
  if (each.by_phone) what.append(small(say("take.phone")));
  const head = make("summary", "", make("span", "when", clock(each.at)), what);
  if (each.fare === undefined) {
    const why = ["double", "no-fare"].includes(each.state) ? each.state : "open";
    return row(make("details", "", head, small(say(`ride.${why}`))));
  }
  head.append(make("b", "sum", say("yen", figure(each.fare))));
  const parts = [head];
  if (each.forgotten) parts.push(make("p", "", say("ride.forgotten")));
  parts.push(make("h3", "", say("ride.cost")), lines(each.cost), make("h3", "", say("ride.paid")), lines(each.paid));
  for (const { from_fare, to_fare, ja, en, at } of each.changes) {
    parts.push(make("p", "", make("span", "when", clock(at)), " ", say("ride.changed", figure(from_fare), figure(to_fare)), " ", named([ja, en])));
  }
  return row(make("details", "", ...parts));
}

function journey({ board, alight }) {
  return alight ? [named(board), " → ", named(alight)] : [named(board), " → …"];
}

function lines(all) {
  return make(
    "ul",
    "lines",
    ...all.map(({ ja, en, yen }) => make("li", "", make("span", "", named([ja, en])), make("b", "", say("yen", figure(yen))))),
  );
}

function line({ day, japanese, english, amount }) {
  const sign = amount > 0 ? "+" : "";
  const sum = make("b", amount > 0 ? "sum in" : "sum", sign + figure(amount));
  return make("li", "flat", make("span", "when", day), make("span", "what", named([japanese, english])), sum);
}

function claim({ place, points, at, why }) {
  const sum = make("b", "sum", say("kurapo", figure(points)));
  const told = make("small", "why", say(why || "point.waits"));
  return make("li", "flat", make("span", "when", clock(at)), make("span", "what", named(place)), sum, told);
}

function charge({ id, amount, at, state }) {
  const what = make("span", "what", say(`charge.${state}`));
  const sum = make("b", "sum", say("kurapo", figure(amount)));
  return make("li", "flat", make("span", "when", clock(at)), what, sum, make("small", "why", id));
}

function row(...content) {
  return make("li", "", ...content);
}

function strong(content) {
  return make("strong", "", content);
}

function small(content) {
  return make("small", "", content);
}

async function begin() {
  const before = await kept("summary");
  if (before) show(before);
  const { found } = await summary();
  document.getElementById("loading").hidden = true;
  if (found) show(found);
}

begin();
