"""Writing down what somebody asked, and going on with it. Nothing that was written is ever written over."""

from __future__ import annotations

from central.access.store import role_of
from central.audit.write_down import write_down
from central.database.transaction import Connection
from central.inquiries import store
from central.inquiries.inquiry import KeptNote, Note, NotWritten, Opening
from central.inquiries.ties import owner_of
from central.members.store import is_registered

MAX_SAID = 2_000
MAX_NEXT = 200
MAX_CALLER = 100


def open_inquiry(
    connection: Connection, opening: Opening, command: str, staff: str, now: int
) -> int | NotWritten:
    """The number of a new inquiry; of the same command again, that of the first. `now`: Unix seconds."""
    before = store.inquiry_by_command(connection, command)
    if before is not None:
        return before
    refused = _why_not(connection, opening) or _why_no_note(connection, opening.note)
    if refused is not None:
        return refused
    number = store.add_inquiry(connection, opening, command, now)
    store.add_note(connection, number, KeptNote(opening.note, staff, now), command)
    detail = {"about": opening.about, "state": opening.note.state, "way": opening.way}
    write_down(connection, f"staff:{staff}", "inquiry-written", f"inquiry:{number}", detail, now)
    return number


def follow_up(
    connection: Connection, inquiry: int, note: Note, command: str, staff: str, now: int
) -> int | NotWritten:
    """Go on with an inquiry; its number. The same command again adds nothing."""
    before = store.inquiry_by_command(connection, command)
    if before is not None:
        return before
    if store.find_inquiry(connection, inquiry) is None:
        return NotWritten.NO_INQUIRY
    refused = _why_no_note(connection, note)
    if refused is not None:
        return refused
    store.add_note(connection, inquiry, KeptNote(note, staff, now), command)
    detail = {"state": note.state}
    write_down(connection, f"staff:{staff}", "inquiry-followed", f"inquiry:{inquiry}", detail, now)
    return inquiry


def _why_not(connection: Connection, opening: Opening) -> NotWritten | None:
    if not (opening.member or opening.caller):
        return NotWritten.WHO
    if len(opening.caller) > MAX_CALLER:
        return NotWritten.TOO_LONG
    if opening.member and not is_registered(connection, opening.member):
        return NotWritten.NO_MEMBER
    if opening.tie and (not opening.member or owner_of(connection, opening.tie) != opening.member):
        return NotWritten.NOT_THEIRS
    return None


def _why_no_note(connection: Connection, note: Note) -> NotWritten | None:
    if not note.said:
        return NotWritten.NO_WORDS
    if len(note.said) > MAX_SAID or len(note.next_step) > MAX_NEXT:
        return NotWritten.TOO_LONG
    if note.next_by and role_of(connection, note.next_by) is None:
        return NotWritten.NO_STAFF
    return None
