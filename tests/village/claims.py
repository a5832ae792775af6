"""Points in central's file, read as it lies there, held against the model of them."""

from __future__ import annotations

from collections.abc import Iterable

from tests.village.bath import KioskMachine
from tests.village.books import Books
from tests.village.points import PENDING, PointsModel, Row
from tests.village.verdict import Violation

RECORDS = "SELECT device, epoch, body FROM records WHERE device LIKE 'bath-%' ORDER BY device, epoch, number"
CLAIMS = """SELECT device, number, moment, member, by_card, points, asked_at, day, state, why, count
            FROM kiosk_claims ORDER BY id"""
LISTED = "SELECT device || ' ' || detail FROM incidents WHERE what IN ('code-again', 'code-undone')"
GRANTS = """SELECT g.member, g.amount FROM points_grants g"""


def check_points(books: Books, model: PointsModel, kiosks: Iterable[KioskMachine]) -> list[Row]:
    """I1, I5 and I6 of points: what was seen is there once, and every claim as it must be; the claims."""
    records, claims, listed = books.ask_many(RECORDS, CLAIMS, LISTED)
    rows = [
        Row((device, number, moment), member, bool(by_card), *rest)
        for device, number, moment, member, by_card, *rest, _ in claims
    ]
    waiting = [row for row in rows if row.state == PENDING]
    if waiting:
        raise Violation("I8", f"claims still wait: {waiting[:3]}")
    machines = list(kiosks)
    seen = [each for kiosk in machines for each in kiosk.seen]
    model.check(records, rows, {detail for (detail,) in listed}, seen)
    _check_news(rows, claims, machines)
    return rows


def _check_news(rows: list[Row], claims: list[tuple[int, ...]], kiosks: list[KioskMachine]) -> None:
    """Every kiosk has heard how many may still claim its codes, and never that more may than do."""
    left: dict[tuple[str, int, int], int] = {}
    for row, claim in zip(rows, claims, strict=True):
        if not row.by_card:
            left.setdefault(row.name, claim[-1])
            left[row.name] -= row.state in ("given", "undone")
    for kiosk in kiosks:
        for (number, moment), places in kiosk.claims.items():
            most = left.get((kiosk.unit, number, moment))
            if most is not None and places > most:
                raise Violation("I5", f"{kiosk.unit} believes {places} places of {number}, there are {most}")
