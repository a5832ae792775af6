"""A ride whose code the bus has read, as staff set it right."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from central.database.transaction import Connection
from central.rides.corrections import store as corrections
from central.rides.corrections.by_staff import store
from central.rides.corrections.by_staff.rows import Facts, Of, SetRight, Stands
from central.rides.corrections.rows import BookedRide, Cause, State, Waits
from central.rides.corrections.settle_ride import BY_STAFF, carry_out, replace_waiting
from central.rides.corrections.work_out_fare import work_out_fare
from rules.messages.events import RecordRef
from rules.money import NOTHING, Yen
from rules.network.fares import FareProblem
from rules.ride.correction import double_due
from rules.ride.fare import RideFare


@dataclass(frozen=True, slots=True)
class CodeRide:
    """A row of the table of rides (`settable.Settable`)."""

    booked: BookedRide

    @property
    def of(self) -> Of:
        """The bus has read its code."""
        return Of.CODE

    @property
    def id(self) -> int:
        """Its row."""
        return self.booked.id

    @property
    def board(self) -> str:
        """The boarding's record."""
        return f"{self.booked.epoch}/{self.booked.board_number}"

    @property
    def edition(self) -> int:
        """That of its boarding."""
        return self.booked.edition

    @property
    def is_ended(self) -> bool:
        """Whether it was charged."""
        return self.booked.end is not None

    @property
    def fare(self) -> int | None:
        """In yen."""
        return self.booked.fare

    @property
    def cash_due(self) -> int:
        """Yen to be given back in cash."""
        return self.booked.charge.refund_due

    def in_force(self, connection: Connection) -> Facts:
        """Stops and riders as booked, and the last fare by hand or void."""
        ride = self.booked
        facts = Facts(ride.stops, ride.rider_class, ride.adults, ride.children)
        said = store.applied(connection, Of.CODE, ride.id)
        return replace(facts, fare=said[-1].facts_to.fare, void=said[-1].facts_to.void) if said else facts

    def put_in_force(self, connection: Connection, facts: Facts, now: int) -> int | None:
        """Less goes back to what has paid, more is taken or owed. A later word of the bus changes nothing any more.

        An open ride waits for its end (`keep_words`).
        """
        ride = self.booked
        if ride.end is None:
            return 0
        due = due_by(connection, ride, facts)
        if due is None:
            return None
        replace_waiting(corrections.last_correction(connection, ride), connection, now)
        made, seq = corrections.add_correction(
            connection, ride, facts.stops, due.total, Cause.STAFF, None, Waits.NOT, now
        )
        corrections.put_state(connection, made, State.APPLIED, BY_STAFF, now)
        # Before the money moves: trips of return tickets are for a class.
        store.put_party(connection, ride, facts)
        carry_out(connection, ride, seq, facts.stops, due, now)
        corrections.put_settled(connection, ride, board=True, alight=True)
        return seq

    def again(self, connection: Connection) -> CodeRide:
        """As it stands by then."""
        found = corrections.ride_with_id(connection, self.id)
        assert found is not None, "it is the same ride"
        return CodeRide(found)


def due_by(connection: Connection, ride: BookedRide, facts: Facts) -> RideFare | None:
    """What the ride costs by these facts; None where the table has no fare for them."""
    if facts.void:
        return RideFare(NOTHING, NOTHING)
    if facts.fare is not None:
        return RideFare(Yen(facts.fare), NOTHING)
    who = replace(ride, rider_class=facts.rider_class, adults=facts.adults, children=facts.children)
    due = work_out_fare(connection, who, facts.stops)
    if due is None or isinstance(due, FareProblem):
        return None
    return double_due(ride.charge, due) if ride.double_of else due


def keep_words(connection: Connection, device: str, boards: Collection[RecordRef], now: int) -> None:
    """Rides of these boardings have ended, as the bus knew them: what staff said of their riders and fare holds.

    Where they had said one went is another matter: now somebody has seen that.
    """
    for ride_id in store.rides_with_words(connection, device, boards):
        booked = corrections.ride_with_id(connection, ride_id)
        said = store.applied(connection, Of.CODE, ride_id)
        if booked is None or not said or not _is_more_than_stops(said):
            continue
        ride, last = CodeRide(booked), said[-1]
        facts = ride.in_force(connection)
        due = due_by(connection, booked, facts)
        if due is not None and due.total != booked.fare:
            seq = ride.put_in_force(connection, facts, now)
            store.put_state(connection, last.id, Stands.APPLIED, last.said_by, last.word, last.at, seq)


def _is_more_than_stops(said: list[SetRight]) -> bool:
    """Whether the last word leaves another fare, or other riders, than the bus has told."""
    told, last = said[0].facts_from, said[-1].facts_to
    return last.void or last.fare is not None or _riders(last) != _riders(told)


def _riders(facts: Facts) -> tuple[int, int, int]:
    return facts.rider_class, facts.adults, facts.children
