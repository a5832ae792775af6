"""What somebody has typed into the logs' search: a person, a card, a pass, or a record."""

from __future__ import annotations

import re
from dataclasses import dataclass

from central.database.transaction import Connection
from central.logs import store
from central.logs.store import Keys
from central.members.find_member import Found
from central.passes.find_person import find_people
from central.passes.store import find_pass
from central.today.rows import Record

MOST_RECORDS = 50
_RECORD = re.compile(r"(?P<device>[^#\s]*)\s*#(?P<number>[0-9]{1,15})")
_PASS = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class Meant:
    """What the text means: people and the keys of their rides, a pass, or records. `keys` is None for everybody's."""

    keys: Keys | None = None
    people: tuple[Found, ...] = ()
    records: tuple[Record, ...] = ()


def find(connection: Connection, text: str) -> Meant:
    """What `text` means; for a text that means nothing, keys that nobody has."""
    if not text:
        return Meant()
    named = _RECORD.fullmatch(text)
    if named:
        found = store.records_numbered(connection, named["device"], int(named["number"]), MOST_RECORDS)
        return Meant(Keys(), records=tuple(found))
    if _PASS.fullmatch(text.lower()):
        known = find_pass(connection, text.lower())
        people = find_people(connection, known.member) if known else []
        return Meant(Keys(passes=frozenset({text.lower()})), tuple(each for each in people[:1]))
    people = find_people(connection, text)
    members = frozenset(each.member for each in people)
    return Meant(Keys(members, store.passes_of(connection, members)), tuple(people))
