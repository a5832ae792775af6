"""Bugs to plant (F28): each takes one protection of the product away, and the simulator must notice every one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any
from unittest.mock import patch

from sqlalchemy import UniqueConstraint

from central.database.tables import records
from central.database.transaction import Connection
from central.inbox import answer
from central.inbox.take_batch import take
from central.kiosks import take_codes
from central.rides.by_hand.take_by_hand import ByHand
from device.journal import Journal, Keep, Record
from kiosk import codes
from rules.ledger import rides
from rules.ledger.accounts import AccountKind, AccountRef
from rules.ledger.order import Move, Spend, Step
from rules.ledger.rides import PassHold
from rules.messages.codec import decode_event
from rules.messages.events import AnyEvent, RecordRef
from rules.messages.link import Ack, Batch
from rules.money import Yen
from tests.village.weather import Weather

STORM = Weather(
    loss=0.15,
    doubled=0.2,
    late=0.1,
    replays=200,
    network_cuts=8,
    power_cuts=8,
    wrong_clocks=30,
    server_crashes=6,
    broker_restarts=2,
    restores=0,
)
"""Enough of everything that each bug shows in a small village."""


@contextmanager
def _ack_without_commit() -> Iterator[None]:
    """Central answers some batches as if it had them, and has rolled them back."""

    def take_and_forget(connection: Connection, device: Any, batch: Batch, now: int) -> Any:
        if batch.first % 5:
            return take(connection, device, batch, now)
        with connection.begin_nested() as point:
            taken = take(connection, device, batch, now)
            point.rollback()
        return taken

    with patch.object(answer, "take", take_and_forget):
        yield


@contextmanager
def _no_unique() -> Iterator[None]:
    """No UNIQUE(device, epoch, number), and nobody looks whether a batch was here before."""
    unique = {each for each in records.constraints if isinstance(each, UniqueConstraint)}

    def take_again(connection: Connection, device: Any, batch: Batch, now: int) -> Any:
        values = {
            "d": device.device,
            "e": batch.epoch,
            "a": batch.first,
            "b": batch.first + len(batch.records) - 1,
        }
        where = "device = :d AND epoch = :e AND number BETWEEN :a AND :b"
        columns = ", ".join(column.name for column in records.columns if column.name != "id")
        before = connection.exec_driver_sql(f"SELECT count(*) FROM records WHERE {where}", values).scalar()  # noqa: S608
        taken = take(connection, device, batch, now)
        if before and isinstance(taken, Ack):
            again = f"INSERT INTO records ({columns}) SELECT {columns} FROM records WHERE {where}"  # noqa: S608
            connection.exec_driver_sql(again, values)
        return taken

    records.constraints -= unique
    try:
        with patch.object(answer, "take", take_again):
            yield
    finally:
        records.constraints |= unique


@contextmanager
def _wall_clock_order() -> Iterator[None]:
    """A bus sends what waits in the order of its clock, which may jump."""
    read = Journal.records_after

    def by_the_clock(self: Journal, number: int, limit: int) -> list[Record]:
        return sorted(read(self, number, limit), key=lambda record: decode_event(record.body).at.wall)

    with patch.object(Journal, "records_after", by_the_clock):
        yield


@contextmanager
def _forgetful_card() -> Iterator[None]:
    """Who is on board stands in the bus's memory alone, not in the transaction of the tap."""
    write = Journal.write

    def write_without(self: Journal, events: Sequence[AnyEvent], keep: Iterable[Keep] = ()) -> None:
        write(self, events, [each for each in keep if each.kind != "pass"])

    with patch.object(Journal, "write", write_without):
        yield


@contextmanager
def _nothing_owed() -> Iterator[None]:
    """A ride that its rider cannot pay is refused by the ledger, although it has happened."""

    def without_rest(payer: AccountRef, held: Yen, hold: PassHold | None) -> tuple[Step, ...]:
        return (Move(Spend(payer.owner), AccountRef(AccountKind.FARES_EARNED), held),)

    with patch.object(rides, "_charge", without_rest):
        yield


@contextmanager
def _undo_keeps_cash() -> Iterator[None]:
    """What the driver took back of their own records is taken back in the list, and stays in the ledger."""

    def mark_only(self: ByHand, ref: RecordRef) -> None:
        self._undone[ref] = None

    with patch.object(ByHand, "_take_back", mark_only):
        yield


@contextmanager
def _forgetful_kiosk() -> Iterator[None]:
    """A kiosk counts its codes in its memory alone, not in the transaction of the code."""
    write = Journal.write

    def write_without(self: Journal, events: Sequence[AnyEvent], keep: Iterable[Keep] = ()) -> None:
        write(self, events, [each for each in keep if each.kind not in (codes.KIND, codes.LAST)])

    with patch.object(Journal, "write", write_without):
        yield


@contextmanager
def _undo_keeps_points() -> Iterator[None]:
    """A code that staff take back can be claimed no more, and whoever had claimed it keeps the points."""
    with patch.object(take_codes, "take_back_points", lambda *_: False):
        yield


MUTANTS: dict[str, Callable[[], Any]] = {
    "": nullcontext,
    "ack-without-commit": _ack_without_commit,
    "no-unique": _no_unique,
    "wall-clock-order": _wall_clock_order,
    "forgetful-card": _forgetful_card,
    "nothing-owed": _nothing_owed,
    "undo-keeps-cash": _undo_keeps_cash,
    "forgetful-kiosk": _forgetful_kiosk,
    "undo-keeps-points": _undo_keeps_points,
}
