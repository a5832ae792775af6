"""SQL of inquiries."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Select, func, insert, or_, select, update

from central.database.inquiry_tables import inquiries, inquiry_notes
from central.database.transaction import Connection
from central.inquiries.inquiry import About, Inquiry, KeptNote, Note, Opening, State, Way
from central.inquiries.wanted import Wanted
from central.japan import seconds_of

_LAST = select(func.max(inquiry_notes.c.id)).group_by(inquiry_notes.c.inquiry_id)
_ALL = (
    select(
        inquiries,
        inquiry_notes.c.state,
        inquiry_notes.c.said,
        inquiry_notes.c.next_step,
        inquiry_notes.c.next_by,
        inquiry_notes.c.staff,
        inquiry_notes.c.at.label("said_at"),
    )
    .join(inquiry_notes, inquiry_notes.c.inquiry_id == inquiries.c.id)
    .where(inquiry_notes.c.id.in_(_LAST))
)


def inquiry_by_command(connection: Connection, command: str) -> int | None:
    """The number of what that command has already opened or gone on with."""
    opened = select(inquiries.c.id).where(inquiries.c.command == command)
    noted = select(inquiry_notes.c.inquiry_id).where(inquiry_notes.c.command == command)
    found = connection.execute(opened.union(noted)).scalars().first()
    return None if found is None else int(found)


def add_inquiry(connection: Connection, opening: Opening, command: str, now: int) -> int:
    """The number of a new one, still without a note."""
    row = {
        "command": command,
        "way": opening.way,
        "about": opening.about,
        "member": opening.member,
        "caller": opening.caller,
        "tie": opening.tie,
        "at": now,
    }
    return int(connection.execute(insert(inquiries).values(row).returning(inquiries.c.id)).scalar_one())


def add_note(connection: Connection, inquiry: int, kept: KeptNote, command: str) -> None:
    """Its next note."""
    row = {
        "command": command,
        "inquiry_id": inquiry,
        "state": kept.note.state,
        "said": kept.note.said,
        "next_step": kept.note.next_step,
        "next_by": kept.note.next_by,
        "staff": kept.staff,
        "at": kept.at,
    }
    connection.execute(insert(inquiry_notes).values(row))


def find_inquiry(connection: Connection, inquiry: int) -> Inquiry | None:
    """The one of that number as it stands."""
    row = connection.execute(_ALL.where(inquiries.c.id == inquiry)).one_or_none()
    return None if row is None else _inquiry(row)


def notes_of(connection: Connection, inquiry: int) -> list[KeptNote]:
    """All its notes, the oldest first."""
    wanted = select(inquiry_notes).where(inquiry_notes.c.inquiry_id == inquiry).order_by(inquiry_notes.c.id)
    return [_note(row, row.at) for row in connection.execute(wanted)]


def inquiries_of(connection: Connection, member: str, most: int) -> list[Inquiry]:
    """A member's, the newest first."""
    wanted = _ALL.where(inquiries.c.member == member).order_by(inquiries.c.id.desc()).limit(most)
    return [_inquiry(row) for row in connection.execute(wanted)]


def count_inquiries(connection: Connection, wanted: Wanted) -> int:
    """How many the filter leaves."""
    return int(
        connection.execute(select(func.count()).select_from(_narrowed(wanted).subquery())).scalar_one()
    )


def list_inquiries(connection: Connection, wanted: Wanted, most: int, first: int = 0) -> list[Inquiry]:
    """What the filter leaves, where something was said last first; at most so many, from number `first` on."""
    rows = _narrowed(wanted).order_by(inquiry_notes.c.id.desc()).limit(most).offset(first)
    return [_inquiry(row) for row in connection.execute(rows)]


def each_inquiry(connection: Connection, wanted: Wanted) -> Iterator[Inquiry]:
    """All that the filter leaves, in the order of their numbers."""
    for row in connection.execute(_narrowed(wanted).order_by(inquiries.c.id)):
        yield _inquiry(row)


def search_inquiries(connection: Connection, text: str, most: int) -> list[Inquiry]:
    """Where the text stands in any note, in who asked, or is the member's number; the newest first."""
    said = select(inquiry_notes.c.inquiry_id).where(
        or_(
            *(
                column.contains(text, autoescape=True)
                for column in (inquiry_notes.c.said, inquiry_notes.c.next_step)
            )
        )
    )
    is_meant = or_(
        inquiries.c.caller.contains(text, autoescape=True),
        inquiries.c.member == text,
        inquiries.c.id.in_(said),
    )
    rows = connection.execute(_ALL.where(is_meant).order_by(inquiries.c.id.desc()).limit(most))
    return [_inquiry(row) for row in rows]


def blank_before(connection: Connection, before: int, now: int) -> int:
    """Blank the words of all about which nothing was said since that Unix second; how many there were."""
    newest = select(inquiry_notes.c.inquiry_id).group_by(inquiry_notes.c.inquiry_id)
    old = newest.having(func.max(inquiry_notes.c.at) < before)
    is_old = inquiries.c.id.in_(old) & inquiries.c.forgotten_at.is_(None)
    forgotten = list(connection.execute(select(inquiries.c.id).where(is_old)).scalars())
    connection.execute(
        update(inquiry_notes).where(inquiry_notes.c.inquiry_id.in_(forgotten)).values(said="", next_step="")
    )
    connection.execute(
        update(inquiries).where(inquiries.c.id.in_(forgotten)).values(caller="", forgotten_at=now)
    )
    return len(forgotten)


def _narrowed(wanted: Wanted) -> Select[Any]:
    where: list[ColumnElement[bool]] = []
    for column, value in (
        (inquiry_notes.c.state, wanted.state),
        (inquiries.c.about, wanted.about),
        (inquiries.c.way, wanted.way),
        (inquiries.c.member, wanted.member),
        (inquiry_notes.c.next_by, wanted.by),
    ):
        if value:
            where.append(column == value)
    if wanted.first:
        where.append(inquiries.c.at >= seconds_of(wanted.first)[0])
    if wanted.last:
        where.append(inquiries.c.at < seconds_of(wanted.last)[1])
    return _ALL.where(*where)


def _inquiry(row: Any) -> Inquiry:
    return Inquiry(
        row.id,
        Way(row.way),
        About(row.about),
        row.member,
        row.caller,
        row.tie,
        row.at,
        row.forgotten_at is not None,
        _note(row, row.said_at),
    )


def _note(row: Any, at: int) -> KeptNote:
    return KeptNote(Note(State(row.state), row.said, row.next_step, row.next_by), row.staff, at)
