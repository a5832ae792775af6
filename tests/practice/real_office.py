"""A real office with people in it, of a few days, and everything in its file that must never be in a copy."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import LargeBinary, select

from central.access import store
from central.access.passphrases import put_secret
from central.access.sessions import Kind, begin
from central.access.who import Role
from central.database.access_tables import passkeys, passphrases, sessions, staff_roles
from central.database.member_tables import member_profiles, member_standings
from central.database.shop_tables import shops
from central.database.tables import devices, passes
from central.database.transaction import Connection
from central.devices.data_folder import Office, open_office
from central.japan import seconds_of
from central.members.store import Standing, put_standing
from central.practice import village
from central.practice.village import Size
from tests.laid import laid

FIRST_DAY = date(2026, 9, 28)
NOW = seconds_of(FIRST_DAY)[0] + 3 * 86_400
SIZE = Size(members=12, shops=2, buses=1, turns=2, riders=3, payments=20, baths=1, codes=3)
STAFF = "佐藤職員"
WHY = "家族から電話があった"
PASSPHRASE = "correct horse battery staple"


@contextmanager
def real_office(folder: Path) -> Iterator[Office]:
    """Open in `folder`, closed at the end."""
    laid(folder)
    office = open_office(folder, NOW)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(village, "name_of", lambda number: f"佐藤 本名{number}郎")
        patch.setattr(village, "kana_of", lambda number: f"サトウ ホンミョウ{number}ロウ")
        patch.setattr(village, "mail_of", lambda number: f"sato{number}@village.example")
        patch.setattr(village, "phone_of", lambda number: f"0233-75-{number:04}")
        patch.setattr(village, "shop_of", lambda number: f"佐藤商店{number}号")
        patch.setattr(village, "STAFF", STAFF)
        patch.setattr(village, "_BY", f"staff:{STAFF}")
        begun = village.begin(office, SIZE, random.Random(1), FIRST_DAY)
        village.live(begun, FIRST_DAY, 2, (), lambda _: None)
    with office.database.write() as connection:
        _let_people_in(connection, begun.members[0].number)
    try:
        yield office
    finally:
        office.database.close()


def _let_people_in(connection: Connection, member: str) -> None:
    store.put_role(connection, STAFF, Role.CASHIER, "system", NOW)
    for who in (f"staff:{STAFF}", f"member:{member}"):
        put_secret(connection, who, PASSPHRASE, NOW)
        begin(connection, Kind.OWN, who, NOW, random.Random(who).randbytes)
    key = {"credential": b"credential of the key", "public_key": b"public half of the passkey"}
    connection.execute(passkeys.insert().values(**key, who=f"staff:{STAFF}", uses=0, added_at=NOW))
    put_standing(connection, member, Standing.BLOCKED, WHY, STAFF, NOW)


def secrets_of(office: Office, folder: Path) -> set[bytes]:
    """Every name, telephone, address, hash, key and signature of it, as bytes."""
    columns = (
        *(member_profiles.c[name] for name in ("name", "kana", "mail", "phone")),
        *(
            shops.c.name,
            staff_roles.c.name,
            member_standings.c.why,
            passphrases.c.hash,
            sessions.c.secret_hash,
        ),
        *(passkeys.c.credential, passkeys.c.public_key, devices.c.signing_key),
    )
    found: set[bytes] = set()
    with office.database.read() as connection:
        for column in columns:
            values = connection.execute(select(column)).scalars()
            is_bytes = isinstance(column.type, LargeBinary)
            found |= {value if is_bytes else value.encode() for value in values if value}
        # What makes a card's code one of this office.
        found |= {packed[-64:] for packed in connection.execute(select(passes.c.packed)).scalars()}
    for file in (folder / "keys").iterdir():
        content = file.read_bytes()
        found |= {content} if file.name == "key-set" else {content, bytes.fromhex(content.decode())}
    return found
