"""Whether the bath's guests, its kiosk and the office have the same points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from central.database.kiosk_tables import kiosk_claims, kiosk_codes, kiosk_undone
from central.database.ledger_tables import accounts, entries, groups
from central.database.transaction import Database, database_file
from central.kiosks.store import State
from device.journal import Journal
from hil.reconcile import EVERYTHING
from rules.ledger.accounts import AccountKind
from rules.messages.codec import decode_event
from rules.messages.events import CardPoints, PointsOffered, PointsUndone

if TYPE_CHECKING:
    from pathlib import Path

    from hil.bath import Told


@dataclass(frozen=True, slots=True)
class BathReconciliation:
    """Codes, cards and points of a kiosk, as guests, the kiosk, the office and its ledger have them.

    `points_told` arrived on guests' phones and by their cards; `points_given` are those claims at the office, and
    `points_posted` those in its ledger.
    """

    codes_seen: int
    codes: int
    codes_central: int
    cards_heard: int
    cards: int
    cards_central: int
    undone: int
    undone_central: int
    points_told: int
    points_given: int
    points_posted: int

    @property
    def agree(self) -> bool:
        """Whether nothing was lost and nothing doubled."""
        return (
            self.codes_seen == self.codes == self.codes_central
            and self.cards_heard == self.cards == self.cards_central
            and self.undone == self.undone_central
            and self.points_told == self.points_given == self.points_posted
        )


def reconcile_bath(told: Told, kiosk: Path, device: str, office: Path) -> BathReconciliation:
    """Compare. The kiosk's program must have ended."""
    journal = Journal(kiosk, device, any_disk=True).open()
    try:
        written = [decode_event(record.body) for record in journal.records_after(0, EVERYTHING)]
    finally:
        journal.close()

    codes, cards, undone = (
        sum(isinstance(event, kind) for event in written)
        for kind in (PointsOffered, CardPoints, PointsUndone)
    )
    database = Database(database_file(office))
    try:
        with database.read() as connection:
            made = connection.scalar(select(func.count()).where(kiosk_codes.c.device == device)) or 0
            by_card = connection.scalar(
                select(func.count()).where(kiosk_claims.c.device == device, kiosk_claims.c.by_card)
            )
            back = connection.scalar(select(func.count()).where(kiosk_undone.c.device == device))
            given = connection.scalar(
                select(func.coalesce(func.sum(kiosk_claims.c.points), 0)).where(
                    kiosk_claims.c.device == device, kiosk_claims.c.state == State.GIVEN
                )
            )
            posted = connection.scalar(
                select(func.coalesce(func.sum(entries.c.amount), 0))
                .join(accounts, accounts.c.id == entries.c.account_id)
                .join(groups, groups.c.id == entries.c.group_id)
                .where(accounts.c.kind == AccountKind.MEMBER, groups.c.command.like(f"%grant/%/{device}/%"))
            )
    finally:
        database.close()
    return BathReconciliation(
        codes_seen=told.codes,
        codes=codes,
        codes_central=made - int(by_card or 0),
        cards_heard=told.cards,
        cards=cards,
        cards_central=int(by_card or 0),
        undone=undone,
        undone_central=int(back or 0),
        points_told=told.points,
        points_given=int(given or 0),
        points_posted=int(posted or 0),
    )
