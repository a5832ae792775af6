"""I1 to I8 of the design, asked of the files themselves: the cheap ones after every step, all of them at the end."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from tests.village.books import Books
from tests.village.bus import BusMachine, Green, HandRecord
from tests.village.line import STOPS
from tests.village.machine import Machine
from tests.village.model import Model
from tests.village.points import Row, points_of
from tests.village.riders import HOLD_WANTED, Code, Person
from tests.village.verdict import Violation

CURSORS = "SELECT device, epoch, number FROM journals"
STRAY_CURSORS = """
    SELECT j.device, j.epoch, j.number, count(r.id), coalesce(min(r.number), 1), coalesce(max(r.number), 0)
    FROM journals j LEFT JOIN records r ON r.device = j.device AND r.epoch = j.epoch
    GROUP BY j.device, j.epoch
    HAVING count(r.id) <> j.number OR coalesce(max(r.number), 0) <> j.number OR coalesce(min(r.number), 1) <> 1
"""
FLOORS = "SELECT kind, owner, balance FROM accounts WHERE balance < 0 AND kind = 'member'"
BY_HAND = """
    SELECT h.device, h.trip_id, h.service_date, h.board_stop_id, h.alight_stop_id, h.means,
           h.people - CASE WHEN h.state <> 'open' THEN 0 ELSE (
               SELECT coalesce(sum(a.people), 0) FROM hand_rides a
               WHERE a.device = h.device AND a.board_epoch = h.epoch AND a.board_number = h.number
                 AND a.state <> 'open' AND NOT a.undone
           ) END AS still, h.state, h.cash
    FROM hand_rides h WHERE NOT h.undone AND still > 0
"""
COUNTS = "SELECT (SELECT count(*) FROM records), (SELECT coalesce(sum(number), 0) FROM journals)"
SUM = "SELECT coalesce(sum(amount), 0) FROM entries"

PHONE = 1
"""The kind of pass whose every code is good for one tap."""
_Name = tuple[str, str, int, str]
"""Device, epoch, number and hash: one record for ever."""


class Watch:
    """Looks at what has changed since the last step. `books` are central's."""

    def __init__(self, books: Books, machines: Iterable[Machine]) -> None:
        self._books = books
        self._machines = list(machines)
        self._held: dict[tuple[str, str], int] = {}
        self._ever: dict[tuple[str, str], int] = {}
        self._believed: dict[str, tuple[str, int]] = {}
        self._taken: defaultdict[tuple[str, str], list[tuple[str, int, int]]] = defaultdict(list)

    def central_committed(self) -> None:
        """After every commit of central's: I2, I3 and I4 as far as a sum tells, and how far it has got."""
        cursors, floors, [(records, numbers)], [(entries,)] = self._books.ask_many(
            CURSORS, FLOORS, COUNTS, SUM
        )
        self._held = {(device, epoch): number for device, epoch, number in cursors}
        for journal, number in self._held.items():
            self._ever[journal] = max(number, self._ever.get(journal, 0))
        _expect(
            "I2",
            records == numbers,
            f"{records} records, but journals are said to be {numbers} long together",
        )
        _expect("I3", entries == 0, f"all entries sum to {entries}")
        _expect("I4", not floors, f"below the floor: {floors}")

    def step(self) -> None:
        """After every step: I7. What central once held and lost with an old copy, a machine may still count on."""
        for machine in self._machines:
            if machine.on:
                unit, believed = machine.unit, machine.acknowledged
                if self._believed.get(unit) != believed:
                    self._believed[unit] = believed
                    epoch, number = believed
                    held = self._ever.get((unit, epoch), 0)
                    _expect("I7", number <= held, f"{unit} believes {number} to be held, central had {held}")

    def took(self, bus: BusMachine, code: Code, held: int) -> None:
        """I9, as a ride has just ended: what a bus took from a pass and central has not booked is at most its hold.

        Of journals that were replaced since, nothing is counted.
        """
        unit, epoch = bus.unit, bus.journal.epoch
        taken = self._taken[unit, code.holder.pass_id]
        booked = self._ever.get((unit, epoch), 0)
        taken[:] = [each for each in taken if each[0] == epoch and each[1] > booked]
        taken.append((epoch, bus.journal.last.number, held))
        total, most = sum(yen for *_, yen in taken), max(code.holder.hold, HOLD_WANTED)
        _expect("I9", total <= most, f"{unit} took {total} of pass {code.holder.pass_id}, which keeps {most}")

    def forget(self, unit: str) -> None:
        """An old card is in this bus: what it took since is not known to it."""
        for key in self._taken:
            if key[0] == unit:
                self._taken[key].clear()

    def end(self) -> None:
        """At the end nobody counts on anything that is not there."""
        self.central_committed()
        for machine in self._machines:
            epoch, number = machine.acknowledged
            held = self._held.get((machine.unit, epoch), 0)
            _expect("I7", number <= held, f"{machine.unit} believes {number} to be held, central has {held}")


def check_records(books: Books, greens: Iterable[Green], by_hand: Iterable[HandRecord]) -> int:
    """I1, I2 and I6 on all records that central has; how many there are."""
    stray, rows = books.ask_many(
        STRAY_CURSORS, "SELECT device, epoch, number, hash, body FROM records ORDER BY device, epoch, number"
    )
    _expect("I2", not stray, f"cursors that are not their records': {stray[:3]}")
    taps: dict[_Name, Any] = {}
    hand: dict[_Name, HandRecord] = {}
    chain, before = b"", ("", "", 0)
    for device, epoch, number, link, body in rows:
        if (device, epoch) != before[:2]:
            chain, before = (
                hashlib.sha256(f"yukemuri/journal/v1{device}{epoch}".encode()).digest(),
                (device, epoch, 0),
            )
        _expect("I2", number == before[2] + 1, f"{device} {epoch}: {number} after {before[2]}")
        chain, before = hashlib.sha256(chain + body).digest(), (device, epoch, number)
        _expect("I2", chain.hex() == link, f"{device} {epoch}: the chain breaks at {number}")
        name, event = (device, epoch, number, link), json.loads(body)
        if event["event"] == "salvaged":
            # Handed on from an earlier journal, under the name it had there: it may have come from there as well.
            name, event = (device, event["epoch"], event["number"], event["hash"]), event["body"]
        if event["event"] == "tapped" and event["movement"] != "refused":
            taps[name] = event
        if event["event"].startswith("hand-"):
            hand[name] = HandRecord(device, event["at"]["boot"], event["at"]["mono_ms"], event["event"])
    _check_taps(taps, greens)
    held = Counter(hand.values())
    for record in by_hand:
        _expect("I1", held[record] == 1, f"{record} is in central's journal {held[record]} times")
    return len(rows)


def _check_taps(taps: dict[_Name, Any], greens: Iterable[Green]) -> None:
    seen: Counter[Green] = Counter()
    spent: Counter[tuple[str, str]] = Counter()
    for (device, *_), event in taps.items():
        seen[Green(device, event["code"], event["at"]["boot"], event["at"]["mono_ms"])] += 1
        if event["pass_kind"] == PHONE:
            spent[device, event["code"]] += 1
    for green in greens:
        _expect("I1", seen[green] == 1, f"{green} is in central's journal {seen[green]} times")
    twice = [name for name, times in spent.items() if times > 1]
    _expect("I6", not twice, f"codes accepted twice: {twice[:3]}")


def check_money(
    books: Books, model: Model, people: Iterable[Person], guests: Iterable[str], given: Iterable[Row]
) -> None:
    """I3 to I6: the books agree with themselves and with the model; every further use of a code is listed."""
    unbalanced, wrong, in_lots, floors, rides, by_hand, balances = books.ask_many(
        """SELECT g.command, a.unit, sum(e.amount) FROM entry_groups g LEFT JOIN entries e ON e.group_id = g.id
           LEFT JOIN accounts a ON a.id = e.account_id GROUP BY g.id, a.unit HAVING sum(e.amount) <> 0""",
        """SELECT a.kind, a.owner, a.balance, coalesce(sum(e.amount), 0) FROM accounts a
           LEFT JOIN entries e ON e.account_id = a.id GROUP BY a.id HAVING a.balance <> coalesce(sum(e.amount), 0)""",
        """SELECT a.owner, a.balance, sum(l.remaining) FROM accounts a LEFT JOIN lots l ON l.account_id = a.id
           WHERE a.kind = 'member' GROUP BY a.id HAVING a.balance <> coalesce(sum(l.remaining), 0)""",
        FLOORS,
        """SELECT device, pass_id, trip_id, service_date, board_stop_id, alight_stop_id, state,
           held + owed, cash FROM rides""",
        BY_HAND,
        "SELECT kind, owner, balance FROM accounts",
    )
    listed = books.ask("SELECT coalesce(count(*), 0) FROM incidents WHERE what = 'double-use'")[0][0]
    _expect("I3", not unbalanced, f"groups that do not sum to zero: {unbalanced[:3]}")
    _expect("I3", not wrong, f"balances that are not their entries': {wrong[:3]}")
    _expect("I3", not in_lots, f"balances that are not their lots': {in_lots[:3]}")
    _expect("I4", not floors, f"below the floor: {floors}")
    again = len(model.used_again())
    _expect("I6", listed >= again, f"{listed} further uses of codes are listed, not {again}")
    _check_rides(rides, model)
    _check_by_hand(by_hand, model)
    found = {(kind, owner): balance for kind, owner, balance in balances}
    points = points_of(given)
    _check_balances(found, model, people, points)
    for guest in guests:
        has = found.get(("member", guest), 0)
        _expect("I5", has == points[guest], f"{guest} stands at {has}, not at {points[guest]}")


def _check_rides(rows: list[Any], model: Model) -> None:
    booked = Counter(tuple(row) for row in rows)
    expected = Counter(
        (
            ride.bus,
            ride.pass_id,
            ride.trip,
            ride.day,
            STOPS[ride.board],
            None if ride.alight is None else STOPS[ride.alight],
            "open" if ride.alight is None else "provisional" if ride.forgotten else "complete",
            ride.held,
            ride.cash,
        )
        for ride in model.rides()
    )
    missing, extra = list((expected - booked).elements()), list((booked - expected).elements())
    _expect("I5", not missing and not extra, f"rides missing {missing[:3]}, rides too many {extra[:3]}")


def _check_by_hand(rows: list[Any], model: Model) -> None:
    booked = Counter(tuple(row) for row in rows)
    expected = Counter(
        (
            ride.bus,
            ride.trip,
            ride.day,
            STOPS[ride.board],
            None if ride.alight is None else STOPS[ride.alight],
            ride.means,
            ride.people,
            ride.state,
            ride.cash,
        )
        for ride in model.by_hand.rides()
    )
    missing, extra = list((expected - booked).elements()), list((booked - expected).elements())
    _expect("I5", not missing and not extra, f"by hand missing {missing[:3]}, too many {extra[:3]}")


def _check_balances(
    found: dict[tuple[str, str], int], model: Model, people: Iterable[Person], points: Counter[str]
) -> None:
    rides = model.rides()
    by_hand = sum(ride.cash for ride in model.by_hand.rides())
    total = sum(ride.held + ride.cash for ride in rides) + by_hand
    cash = sum(ride.cash for ride in rides) + by_hand
    _expect(
        "I5",
        found.get(("fares-earned", ""), 0) == total,
        f"fares {found.get(('fares-earned', ''))}, not {total}",
    )
    _expect(
        "I5",
        found.get(("driver-cash", ""), 0) == -cash,
        f"cash {found.get(('driver-cash', ''))}, not {-cash}",
    )
    taken: defaultdict[str, int] = defaultdict(int)
    for ride in rides:
        taken[model.member_of(ride.pass_id)] += ride.held
    charged: defaultdict[str, int] = defaultdict(int)
    for member, amount in model.charges:
        charged[member] += amount
    for person in people:
        member = person.member
        has = found.get(("member", member), 0) + found.get(("owed", member), 0)
        has += sum(found.get(("suspense", pass_id), 0) for pass_id in model.passes_of(member))
        due = charged[member] + points[member] - taken[member]
        _expect("I5", has == due, f"{member} stands at {has}, not at {due}")


def _expect(name: str, holds: bool, detail: str) -> None:
    if not holds:
        raise Violation(name, detail)
