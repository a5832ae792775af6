"""Correcting a ride at the counter, for a reason that is written down."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from central.audit.write_down import write_down
from central.database.transaction import Connection
from central.rides.corrections.correct_by_staff import correct_by_staff
from central.rides.corrections.decide_correction import NotDecided

MAX_NOTE = 100


class WhyCorrected(StrEnum):
    """Why a ride is set right. The values stand in the audit log and stay stable."""

    FORGOT = "forgot"
    WRONG_STOP = "wrong-stop"
    READER = "reader"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class RideCorrected:
    """The ride goes from pole `board` to pole `alight`; fares in yen as they were looked at; why, and a note."""

    ride: int
    board: int
    alight: int
    fare_from: int
    fare_to: int
    why: WhyCorrected
    note: str


def correct_ride_at_counter(
    connection: Connection, wanted: RideCorrected, staff: str, now: int
) -> NotDecided | None:
    """Put it in force, written down with its reason; why not, if it cannot be."""
    fares = (wanted.fare_from, wanted.fare_to)
    refused = correct_by_staff(connection, wanted.ride, wanted.board, wanted.alight, fares, now)
    if refused is None:
        detail: dict[str, str | int] = {
            "why": wanted.why.value,
            "note": wanted.note[:MAX_NOTE],
            "from-yen": wanted.fare_from,
            "to-yen": wanted.fare_to,
        }
        write_down(connection, f"staff:{staff}", "ride-corrected", f"ride:{wanted.ride}", detail, now)
    return refused
