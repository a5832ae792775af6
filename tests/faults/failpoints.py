"""Where central's program can be made to kill itself while it takes in a batch: at every step there is."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from typing import Any, NoReturn

from sqlalchemy import Engine, event

from central.database import many_rows
from central.inbox.answer import Desk, Message
from central.inbox.listener import Listener
from rules.messages.topics import Channel, parse_topic
from tests.faults.scale import until

BEFORE_WRITE = "before-write"
STATEMENT = "statement-"
"""Followed by a number: after so many SQL statements of the transaction that holds a batch."""
BEFORE_COMMIT = "before-commit"
AFTER_COMMIT = "after-commit"
AFTER_PUBACK = "after-puback"
AFTER_ANSWER = "after-answer"
NAMED = (BEFORE_WRITE, BEFORE_COMMIT, AFTER_COMMIT, AFTER_PUBACK, AFTER_ANSWER)


def die() -> NoReturn:
    """As in a power cut: nothing is said, closed or rolled back."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("still here")


class Failpoint:
    """Armed by every batch; the process dies when it gets to `point`.

    From the commit on only where something of the batch was new: the broker also brings what is known already.
    """

    def __init__(self, point: str) -> None:
        self._point = point
        self._armed = False
        self._statements = 0
        self._has_news = False

    def set_up(self) -> None:
        """Put it into the program, from outside: the program itself knows nothing of it."""
        answer_all, acknowledge, publish = Desk.answer_all, Listener._acknowledge, Listener._publish

        def on_answer_all(desk: Desk, connection: Any, messages: Sequence[Message], now: int) -> Any:
            self._armed, self._statements = any(_is_batch(message) for message in messages), 0
            self._has_news = False
            self._die_at(BEFORE_WRITE)
            return answer_all(desk, connection, messages, now)

        def on_acknowledge(listener: Listener, waiting: Any) -> None:
            self._die_at(AFTER_COMMIT)
            acknowledge(listener, waiting)
            self._die_at(AFTER_PUBACK, listener)

        def on_publish(listener: Listener, answers: Any) -> None:
            publish(listener, answers)
            self._die_at(AFTER_ANSWER, listener)
            self._armed = False

        Desk.answer_all = on_answer_all  # type: ignore[method-assign, assignment]
        Listener._acknowledge = on_acknowledge  # type: ignore[method-assign, assignment]
        Listener._publish = on_publish  # type: ignore[method-assign, assignment]
        event.listen(Engine, "after_cursor_execute", self._after_statement)
        # What many records go through is said to the driver itself, past SQLAlchemy's events.
        cursor = many_rows._cursor
        many_rows._cursor = lambda connection: _Watched(cursor(connection), self)
        event.listen(Engine, "commit", lambda _connection: self._die_at(BEFORE_COMMIT))

    def _die_at(self, point: str, listener: Listener | None = None) -> None:
        is_late = point in (BEFORE_COMMIT, AFTER_COMMIT, AFTER_PUBACK, AFTER_ANSWER)
        if not self._armed or self._point != point or (is_late and not self._has_news):
            return
        if listener is not None:
            client = listener._client
            until(lambda: not client._out_packet, "what was to be said is on its way")
        die()

    def _after_statement(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        self.executed(statement)

    def executed(self, statement: str) -> None:
        """One more."""
        self._statements += self._armed
        self._has_news |= statement.startswith("INSERT INTO records ")
        self._die_at(f"{STATEMENT}{self._statements}")


class _Watched:
    """A driver's cursor whose statements count."""

    def __init__(self, cursor: Any, failpoint: Failpoint) -> None:
        self._cursor, self._failpoint = cursor, failpoint

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor, name)

    def execute(self, statement: str, *parameters: Any) -> None:
        self._cursor.execute(statement, *parameters)
        self._failpoint.executed(statement)

    def executemany(self, statement: str, rows: Any) -> None:
        self._cursor.executemany(statement, rows)
        self._failpoint.executed(statement)


def _is_batch(message: Message) -> bool:
    topic = parse_topic(message.topic)
    return topic is not None and topic.channel is Channel.UP
