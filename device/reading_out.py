"""A running machine's journal as a whole, for a command that only reads: records and editions, piece by piece.

The owner of the journal answers one small question at a time, so that riders' codes come in between two; what is made
of the answers, lines over the machine's socket, is made in another thread.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from device.health import oldest_waiting
from device.journal import Holding, Record
from device.kept_editions import DAY, SEALED
from device.outgoing import fitting
from rules.messages.codec import Malformed, decode
from rules.messages.link import MAX_BATCH_RECORDS
from rules.messages.stick import StickRefused

if TYPE_CHECKING:
    from device.journal import Journal

PIECE_BYTES = 48 * 1024
"""Of a sealed edition on one line, in base64."""


@dataclass(frozen=True, slots=True)
class WhatIsThere:
    """How far the journal goes, and which editions it keeps."""


@dataclass(frozen=True, slots=True)
class There:
    """Journal `epoch` from record `oldest` to `last`; `editions` are the keys of those kept.

    `waiting_since` as `oldest_waiting` has it.
    """

    epoch: str
    oldest: int
    last: int
    editions: tuple[str, ...]
    waiting_since: int = 0


@dataclass(frozen=True, slots=True)
class RowsAfter:
    """The next records of journal `epoch`."""

    epoch: str
    number: int


@dataclass(frozen=True, slots=True)
class SealedEdition:
    """An edition's file, by its key; the reply is its bytes, none for one that is gone."""

    key: str


ReadQuestion: TypeAlias = WhatIsThere | RowsAfter | SealedEdition
ReadReply: TypeAlias = There | list[Record] | bytes | StickRefused


def read_out(question: ReadQuestion, journal: Journal) -> ReadReply:
    """The answer of the journal's owner; a refusal is one too. Raises JournalBroken."""
    match question:
        case WhatIsThere():
            first = journal.rows_after(0, 1)
            oldest = first[0].number if first else journal.next_number
            editions = tuple(journal.recall_all(DAY))
            return There(journal.epoch, oldest, journal.last.number, editions, oldest_waiting(journal))
        case RowsAfter(epoch, number):
            rows = fitting(journal.rows_after(number, MAX_BATCH_RECORDS)) if epoch == journal.epoch else []
            return rows or _gone()
        case SealedEdition(key):
            return journal.recall(SEALED, key) or b""


class _Row(msgspec.Struct, frozen=True, array_like=True):
    number: int
    previous: bytes
    body: bytes
    hash: bytes


class _Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """Some records, or a piece of the edition with that key."""

    rows: list[_Row] = []
    edition: str = ""
    piece: bytes = b""


class _End(msgspec.Struct, frozen=True):
    """Whose records they were. Those before `oldest` were let go of meanwhile."""

    epoch: str
    oldest: int


def lines_of(ask: Callable[[ReadQuestion], object]) -> Iterator[bytes | msgspec.Struct]:
    """All that is there, and at last whose it was. Raises StickRefused."""
    there = _there(ask)
    for key in there.editions:
        sealed = ask(SealedEdition(key))
        assert isinstance(sealed, bytes)
        for at in range(0, len(sealed), PIECE_BYTES):
            yield msgspec.json.encode(_Line(edition=key, piece=sealed[at : at + PIECE_BYTES]))
    number = there.oldest - 1
    while number < there.last:
        rows = ask(RowsAfter(there.epoch, number))
        if isinstance(rows, StickRefused):
            raise rows
        assert isinstance(rows, list)
        number = rows[-1].number
        yield msgspec.json.encode(_Line([_Row(row.number, row.previous, row.body, row.hash) for row in rows]))
    yield _End(there.epoch, _there(ask).oldest)


def holding_of(lines: Iterable[bytes | msgspec.Raw]) -> Holding:
    """What those lines say. Raises StickRefused."""
    records: list[Record] = []
    kept: dict[str, bytes] = {}
    try:
        for said in lines:
            if isinstance(said, msgspec.Raw):
                end = decode(bytes(said), _End)
                return Holding(end.epoch, [each for each in records if each.number >= end.oldest], kept)
            line = decode(said, _Line)
            records += [Record(row.number, row.previous, row.body, row.hash) for row in line.rows]
            if line.edition:
                kept[line.edition] = kept.get(line.edition, b"") + line.piece
    except Malformed as error:
        raise StickRefused(
            "端末とこのコマンドの版が違います。端末を再起動してください",
            "The terminal runs another version than this command: restart it",
            str(error),
        ) from error
    raise _gone()


def _there(ask: Callable[[ReadQuestion], object]) -> There:
    there = ask(WhatIsThere())
    assert isinstance(there, There)
    return there


def _gone() -> StickRefused:
    return StickRefused(
        "読み出しのあいだに記録が切り替わりました。もう一度実行してください",
        "The journal was replaced meanwhile: try again",
    )
