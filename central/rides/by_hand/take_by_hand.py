"""Riders whom the driver recorded by hand: their rides, and the cash that was taken.

Nothing of it is worked out anew: the driver took what the page asked for, and it stays taken when a stop is settled.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from central.database.transaction import Connection
from central.rides.by_hand.store import (
    HandRow,
    add_by_hand,
    find_by_hand,
    move_by_hand,
    rename_boarding,
    set_undone,
    undone_among,
)
from central.rides.corrections.settle_ride import last_words
from central.rides.corrections.store import first_names, with_namesake
from rules.ledger.order import Order
from rules.ledger.rides import hand_cash_order, hand_undone_order
from rules.messages.events import AnyEvent, HandAlighted, HandBoarded, HandUndone, RecordRef
from rules.money import NOTHING, Yen
from rules.ride.by_hand import cash_due
from rules.ride.fare import MAX_FARE

MAX_PEOPLE = 1_000
"""In one record; more is a broken machine."""


class WrongByHand(StrEnum):
    """Why a record of the driver's hand is kept but counts nowhere, in the office's words."""

    PEOPLE = "人数が正しくありません / that is no number of people"
    MONEY = "現金が運賃と合いません / the cash is not the fare"


class ByHand:
    """The records of the driver's hand as far as these events touch them. Only noted, until `write`.

    `made` are new, by name; `orders` their money, each with the record that it is about.
    """

    def __init__(
        self, connection: Connection, device: str, events: Sequence[tuple[RecordRef, AnyEvent]]
    ) -> None:
        new = {here for here, event in events if isinstance(event, HandBoarded | HandAlighted)}
        named = {ref for _, event in events if isinstance(event, HandUndone) for ref in event.records}
        self._connection = connection
        self._device = device
        first = first_names(connection, device, new) if new else {}
        apart = with_namesake(connection, device, first)
        self._first = {here: was for here, was in first.items() if here not in apart}
        self._there = find_by_hand(connection, device, named)
        self._was_undone = undone_among(connection, device, {*new, *named, *self._first.values()})
        self._undone: dict[RecordRef, None] = {}
        self.made: dict[RecordRef, HandBoarded | HandAlighted] = {}
        self.orders: list[tuple[RecordRef, Order]] = []

    def record(self, here: RecordRef, event: HandBoarded | HandAlighted) -> WrongByHand | None:
        """Note that people boarded or alighted; why not, if it cannot be."""
        if not 1 <= event.people <= MAX_PEOPLE:
            return WrongByHand.PEOPLE
        cash = NOTHING
        if isinstance(event, HandAlighted):
            cash, fare = event.cash, event.fare or NOTHING
            due = NOTHING if event.forgotten else cash_due(event.means, fare)
            if cash != due or not 0 <= fare <= MAX_FARE:
                return WrongByHand.MONEY
        self.made[here] = event
        self._there[here] = HandRow(event.trip_id, event.service_date, cash, undone=False)
        group = hand_cash_order(f"hand/{self._name(here)}", cash)
        if group is not None:
            self.orders.append((here, group))
        if not self._was_undone.isdisjoint((here, self._first.get(here, here))):
            self._take_back(here)
        return None

    def undo(self, event: HandUndone) -> None:
        """Note that the driver took these records back. One that is still to come finds it."""
        for ref in event.records:
            self._take_back(ref)

    def forget(self, ref: RecordRef) -> None:
        """The money of this record could not be posted: it counts nowhere."""
        self.made.pop(ref, None)
        self._undone.pop(ref, None)

    def write(self) -> None:
        """What was noted, to the database; stops by what was said of them before."""
        if self.made:
            for here, was in self._first.items():
                rename_boarding(self._connection, self._device, was, here)
            add_by_hand(self._connection, self._device, self.made)
            self._settle_known()
        set_undone(self._connection, self._device, self._undone)

    def _take_back(self, ref: RecordRef) -> None:
        row = self._there.get(ref)
        if ref in self._undone or (row and row.undone):
            return
        self._undone[ref] = None
        if row and row.cash:
            group = hand_undone_order(f"hand-undone/{self._name(ref)}", Yen(row.cash))
            self.orders.append((ref, group))

    def _settle_known(self) -> None:
        boards = {
            event.board: event
            for event in self.made.values()
            if isinstance(event, HandAlighted) and event.board is not None
        }
        about = {**boards, **self.made}
        first = first_names(self._connection, self._device, about)
        for ref, word in last_words(self._connection, self._device, about, first).items():
            event = about[ref]
            if (word.trip_id, word.service_date) == (event.trip_id, event.service_date):
                move_by_hand(self._connection, self._device, ref, word.stop_id, word.stop_index)

    def _name(self, ref: RecordRef) -> str:
        return f"{self._device}/{ref.epoch}/{ref.number}"
