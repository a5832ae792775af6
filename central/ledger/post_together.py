"""Group commit: the orders of many callers go to the disk together.

While one commit is on its way, whoever asks waits and goes with the next; nobody waits for company. An answer is given
only after its commit.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from central.database.transaction import Connection, Database, DataUnusable
from central.ledger.post_orders import Answer, post_all
from rules.ledger.order import Order

MOST = 256
"""Orders in one commit."""

Also = Callable[[Connection, Answer], None]
"""What else stands or falls with the order, in the same transaction: the rows of whoever asks."""


@dataclass(slots=True)
class _Asked:
    """One caller's order, and what has become of it. `turn` is held until there is news for the caller."""

    order: Order
    now: int
    also: Also | None
    turn: threading.Lock = field(default_factory=threading.Lock)
    leads: bool = False
    answer: Answer | None = None
    error: BaseException | None = None

    def __post_init__(self) -> None:
        self.turn.acquire()


class PostTogether:
    """The ledger of `database` for many threads."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._queue = threading.Lock()
        self._waiting: list[_Asked] = []
        self._busy = False

    def post(self, order: Order, now: int, also: Also | None = None) -> Answer:
        """Post at Unix second `now` as `post_orders.post` does, committed when it returns.

        `also` is run again where its transaction had to be rolled back for another's sake. Raises what it raises, and
        then nothing of this order stands; DataUnusable as every writer.
        """
        asked = _Asked(order, now, also)
        with self._queue:
            self._waiting.append(asked)
            asked.leads = not self._busy
            self._busy = True
        if not asked.leads:
            asked.turn.acquire()
        if asked.leads:
            self._lead()
        if asked.error is not None:
            raise asked.error
        assert asked.answer is not None
        return asked.answer

    def _lead(self) -> None:
        """Commit those who wait, the caller first among them, and hand the lead on."""
        with self._queue:
            taken, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
        try:
            self._commit(taken)
        except BaseException as error:
            # Only what ends the whole program comes here: nobody may wait for ever for an answer.
            for each in taken:
                each.error = error if each.answer is None else None
            raise
        finally:
            with self._queue:
                self._busy = bool(self._waiting)
                if self._waiting:
                    self._waiting[0].leads = True
                    self._waiting[0].turn.release()
            for each in taken:
                each.leads = False
                each.turn.release()

    def _commit(self, taken: list[_Asked]) -> None:
        try:
            answers = self._write(taken)
        except DataUnusable as error:
            for each in taken:
                each.error = error
        except Exception as error:  # noqa: BLE001 - it is handed to whoever asked
            if len(taken) == 1:
                taken[0].error = error
                return
            # One of them is to blame, and only that one will fail again.
            for each in taken:
                self._commit([each])
        else:
            for each, answer in zip(taken, answers, strict=True):
                each.answer = answer

    def _write(self, taken: list[_Asked]) -> list[Answer]:
        with self._database.write() as connection:
            answers = post_all(connection, [each.order for each in taken], max(each.now for each in taken))
            for each, answer in zip(taken, answers, strict=True):
                if each.also is not None:
                    each.also(connection, answer)
        return answers
