"""What a hostile accountant tried: orders that only look right, names that are not found again, rows rewritten."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from central.database.transaction import Database
from central.ledger import verify_ledger as verifying
from central.ledger.post_orders import Posted, post_all
from central.ledger.verify_ledger import verify_ledger
from rules.ledger import group
from rules.ledger.accounts import KURAPO, member_account
from rules.ledger.holds import HoldKind
from rules.ledger.order import FromExpired, Move, Order, PlaceHold, Spend, Succeed
from tests.central.office import NOW
from tests.ledger.machine import DESK, FARES, SHOP
from tests.ledger.referee import template
from tests.ledger.scenes import back, comes, hold, pays, ride


@pytest.mark.parametrize(
    "build",
    [
        lambda: Spend("m", (KURAPO, KURAPO)),
        lambda: Move(FromExpired(1), SHOP, 1),
        lambda: Order("c", "w", (Succeed("s", Spend("m"), 5),)),
        lambda: member_account("m\0n"),
        lambda: Order("c\0d", "w", (Move(DESK, FARES, 1),)),
        lambda: PlaceHold("s\0t", HoldKind.PASS, Spend("m"), 5),
    ],
    ids=["a-unit-twice", "expired-to-a-shop", "only-a-successor", "owner", "command", "series"],
)
def test_an_order_that_would_only_break_later_cannot_be_built(build: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        build()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A ledger in which everything has happened once."""
    made = template(tmp_path)
    database = Database(made)
    orders = [comes("a", 9, 20), pays("b", 5), back("c", "b", 2), hold("d", 4), ride("e", 1, 3), ride("f", 1)]
    with database.write() as connection:
        assert all(isinstance(answer, Posted) for answer in post_all(connection, orders, NOW))
    database.close()
    return made


def problems(path: Path) -> list[str]:
    database = Database(path)
    with database.read() as connection:
        found = verify_ledger(connection).problems
    database.close()
    return found


def rewrite(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        for (trigger,) in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall():
            connection.execute(f"DROP TRIGGER {trigger}")
        assert connection.execute(statement).rowcount > 0
        connection.commit()


REWRITTEN = {
    "command": "UPDATE entry_groups SET command = 'x' WHERE id = 2",
    "what": "UPDATE entry_groups SET what = 'x' WHERE id = 2",
    "asked": "UPDATE entry_groups SET asked = chain WHERE id = 2",
    "posted-at": "UPDATE entry_groups SET posted_at = posted_at + 1 WHERE id = 2",
    "chain": "UPDATE entry_groups SET chain = asked WHERE id = 6",
    "owner": "UPDATE accounts SET owner = 'thief' WHERE kind = 'member'",
    "unit": "UPDATE accounts SET unit = 'ride'",
    "floor": "UPDATE accounts SET may_go_below_zero = 1 WHERE kind = 'shop'",
    "entry": "UPDATE entries SET amount = amount * 2 WHERE group_id = 2",
    "origin": "UPDATE lots SET origin = 'free'",
    "programme": "UPDATE lots SET programme = 'x'",
    "issued-at": "UPDATE lots SET issued_at = issued_at - 1",
    "expires-at": "UPDATE lots SET expires_at = expires_at + 1",
    "never-expires": "UPDATE lots SET expires_at = NULL",
    "remaining": "UPDATE lots SET remaining = remaining + 1",
    "held": "UPDATE lots SET held = held + 1",
    "restores": "UPDATE lot_moves SET restores = 'a' WHERE restores != ''",
    "restores-nothing": "UPDATE lot_moves SET restores = '' WHERE restores != ''",
    "move": "UPDATE lot_moves SET amount = amount + 1 WHERE id = 2",
    "series": "UPDATE holds SET series = 't' WHERE id = 1",
    "hold-kind": "UPDATE holds SET kind = 'dispute' WHERE id = 1",
    "until": "UPDATE holds SET until = 1 WHERE id = 1",
    "how": "UPDATE holds SET how = 'released' WHERE id = 1",
    "resolved-by": "UPDATE holds SET resolved_by = 6 WHERE id = 1",
    "part": "UPDATE hold_parts SET amount = amount - 1 WHERE hold_id = 1",
}


def test_the_untouched_ledger_has_no_problem(path: Path) -> None:
    assert problems(path) == []


@pytest.mark.parametrize("statement", REWRITTEN.values(), ids=REWRITTEN)
def test_l4_whatever_is_rewritten_is_found(path: Path, statement: str) -> None:
    rewrite(path, statement)
    assert problems(path)


def _forgetting(name: str) -> Callable[..., bytes]:
    """The chain's content without one field."""

    def content(command: str, what: str, entries: Any, lots: Any, placed: Any, resolved: Any) -> bytes:
        match name:
            case "command":
                command = ""
            case "what":
                what = ""
            case "owner":
                entries = [(kind, "", *rest) for kind, _, *rest in entries]
            case "restores":
                entries = [(*rest, [move[:2] for move in moves]) for *rest, moves in entries]
            case "origin":
                lots = [(number, *rest) for number, _, *rest in lots]
            case "programme":
                lots = [(number, origin, expires) for number, origin, _, expires in lots]
            case "expires-at":
                lots = [lot[:3] for lot in lots]
            case "series":
                placed = [(number, *rest) for number, _, *rest in placed]
            case "hold-kind":
                placed = [(number, series, *rest) for number, series, _, *rest in placed]
            case "until":
                placed = [(number, series, kind, parts) for number, series, kind, _, parts in placed]
            case "how":
                resolved = [number for number, _ in resolved]
        return _content(command, what, entries, lots, placed, resolved)

    _content = group.content
    return content


FIELDS = (
    "command",
    "what",
    "owner",
    "restores",
    "origin",
    "programme",
    "expires-at",
    "series",
    "hold-kind",
    "until",
    "how",
)


@pytest.mark.parametrize("name", FIELDS)
def test_l4_a_chain_that_forgets_a_field_does_not_find_it_rewritten(
    name: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    forgetful = _forgetting(name)
    with patch.object(group, "content", forgetful), patch.object(verifying, "content", forgetful):
        path = request.getfixturevalue("path")
        assert problems(path) == []
        rewrite(path, REWRITTEN[name])
        # Some of it another check sees, too: then that is all that sees it.
        assert [problem for problem in problems(path) if "the chain breaks" in problem] == []
