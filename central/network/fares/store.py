"""What the office decided of fares, every word kept; the newest of a pair counts."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import func, insert, select

from central.database.tables import fare_decisions as said
from central.database.transaction import Connection
from rules.money import Yen
from rules.network.fares import Pair
from rules.network.feed.corrections import FareDecision


def fares_decided(connection: Connection) -> dict[Pair, FareDecision]:
    """The decisions that count, by pair."""
    newest = select(func.max(said.c.id)).group_by(said.c.route_id, said.c.from_stop_id, said.c.to_stop_id)
    rows = connection.execute(select(said).where(said.c.id.in_(newest), said.c.yen.is_not(None)))
    return {
        (row.route_id, row.from_stop_id, row.to_stop_id): FareDecision(Yen(row.yen), _prices(row.among))
        for row in rows
    }


def say(connection: Connection, words: Mapping[Pair, FareDecision | None], at: int) -> None:
    """Decide pairs, or take their decisions back (None)."""
    rows = [
        {
            "route_id": pair[0],
            "from_stop_id": pair[1],
            "to_stop_id": pair[2],
            "yen": None if word is None else word.yen,
            "among": ",".join(map(str, word.among)) if word else "",
            "said_at": at,
        }
        for pair, word in words.items()
    ]
    if rows:
        connection.execute(insert(said), rows)


def newest_word(connection: Connection) -> int:
    """Rises with every word; 0 before the first."""
    return connection.scalar(select(func.max(said.c.id))) or 0


def _prices(among: str) -> tuple[Yen, ...]:
    return tuple(Yen(int(price)) for price in among.split(",") if price)
