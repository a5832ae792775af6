"""What a correction by staff comes to, tried out before anything is posted."""

from __future__ import annotations

from central.database.transaction import Connection, attempt
from central.ledger.post_orders import entries_posted
from central.ledger.store import find_lots, last_numbers
from central.rides.corrections.by_staff import store
from central.rides.corrections.by_staff.rows import Facts, LotBack, Moved, Preview
from central.rides.corrections.by_staff.settable import Settable
from rules.ledger.group import Entry


class _TriedOut(Exception):
    def __init__(self, preview: Preview | None) -> None:
        self.preview = preview


def reckon(connection: Connection, ride: Settable, facts: Facts, now: int) -> Preview | None:
    """What would move if these facts held: all of it is done and undone. None where they have no fare.

    It needs a transaction that may write, and leaves everything as it was.
    """
    try:
        with attempt(connection):
            group = last_numbers(connection).group
            if ride.put_in_force(connection, facts, now) is None:
                raise _TriedOut(None)
            after = ride.again(connection)
            entries = entries_posted(connection, store.commands_since(connection, group))
            cash = after.cash_due - ride.cash_due
            fares = ride.fare or 0, after.fare or 0
            raise _TriedOut(Preview(facts, *fares, _moved(connection, entries), cash))
    except _TriedOut as tried:
        return tried.preview


def _moved(connection: Connection, entries: list[Entry]) -> tuple[Moved, ...]:
    """By account what has come to it, in an order of its own; accounts that end as they were are left out."""
    lots = {
        lot.id: lot for lot in find_lots(connection, {move.lot for each in entries for move in each.lots})
    }
    sums: dict[tuple[str, str, str], int] = {}
    by_lot: dict[tuple[str, str, str], dict[tuple[str, int | None], int]] = {}
    for entry in entries:
        account = (entry.account.kind.value, str(entry.account.unit), entry.account.owner)
        sums[account] = sums.get(account, 0) + entry.amount
        parts = by_lot.setdefault(account, {})
        for move in entry.lots:
            lot = (lots[move.lot].origin.value, lots[move.lot].expires_at)
            parts[lot] = parts.get(lot, 0) + move.amount
    return tuple(
        Moved(
            *account,
            amount,
            tuple(
                LotBack(*lot, part)
                for lot, part in sorted(
                    by_lot[account].items(), key=lambda each: (each[0][1] or 0, each[0][0])
                )
                if part
            ),
        )
        for account, amount in sorted(sums.items())
        if amount
    )
