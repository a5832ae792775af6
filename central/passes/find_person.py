"""Who stands at the counter: by what they say, or by the card in their hand, read by a scanner or by its serial."""

from __future__ import annotations

import re
from collections.abc import Iterable

from central.database.transaction import Connection
from central.members.find_member import Found, find_members
from central.members.register_member import profile_of
from central.members.store import Profile
from central.passes.store import find_pass, passes_beginning
from rules.passes.rider_pass import ReadPass, read_code

MOST = 50
_CODE = "YP1:"
_SERIAL = re.compile(r"[0-9a-f]{4}-?[0-9a-f]{0,4}")
SERIAL_LETTERS = 8


def serial_of(pass_id: str) -> str:
    """What is printed on a card for people to read out: the first eight letters of its id, as 1a2b-3c4d."""
    return f"{pass_id[:4]}-{pass_id[4:SERIAL_LETTERS]}"


def is_scanned(text: str) -> bool:
    """Whether a scanner has typed it: the whole code of a card or phone."""
    return text.lstrip().startswith(_CODE)


def find_people(connection: Connection, text: str) -> list[Found]:
    """The members that `text` may mean: a number, a name, a telephone number, a card's serial, or a scanned code."""
    if is_scanned(text):
        # A code may end in a space, which is one of its letters.
        read = read_code(text.lstrip().rstrip("\r\n").encode())
        known = find_pass(connection, read.body.pass_id.hex()) if isinstance(read, ReadPass) else None
        # What another office has signed, one to practise in for example, names nobody here.
        is_ours = known and isinstance(read, ReadPass) and known.issued.signature == read.signature
        return _named(connection, [known.member] if known and is_ours else [])
    said = text.strip()
    found = find_members(connection, said, MOST)
    if _SERIAL.fullmatch(said.lower()):
        serial = said.lower().replace("-", "")
        by_card = dict.fromkeys(each.member for each in passes_beginning(connection, serial, MOST))
        found = [*_named(connection, by_card), *(each for each in found if each.member not in by_card)]
    return found[:MOST]


def _named(connection: Connection, members: Iterable[str]) -> list[Found]:
    return [Found(member, profile_of(connection, member) or Profile("")) for member in members]
