"""A practice folder: made by copying an office or inventing a village, known by its mark, and thrown away whole."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

from central.database.copy_kept import copy_kept
from central.database.transaction import Database, database_file
from central.devices.data_folder import Office, open_office
from central.devices.keys import CARDS_KID, PHONES_KID, OfficeKeys, create_keys
from central.devices.store import put_village
from central.japan import day_of
from central.practice import people
from central.practice.bus_day import Chance
from central.practice.store import kept
from central.practice.village import ISSUER, SMALL, begin, live
from rules.passes.rider_pass import PassFlag, PassKind, issue, unpack_pass

MARK = "PRACTICE"
VILLAGE = "practice"
DAYS = 21
_NO_PHONE = b"\x02" + bytes(32)
"""In place of a phone's public key: none that a phone has."""
_SAYS = "練習用のフォルダーです。消してもかまいません。 / For practice only: this folder may be deleted.\n"


class NotHere(StrEnum):
    """Why nothing is made in a folder, in words."""

    OFFICE = (
        "ここは役場のデータのフォルダーか、その内側か外側です。--folder で別の場所を示してください / "
        "This is the office's data folder, or within it, or around it: name another place with --folder"
    )
    OTHERS = (
        "このフォルダーには練習用でないものがあります。--folder で空の場所を示してください / "
        "This folder holds what is not for practice: name an empty place with --folder"
    )


def why_not_here(folder: Path, office: Path | None) -> NotHere | None:
    """Whether nothing may be made, served or thrown away in `folder`; `office` is the real office's data folder."""
    here = folder.resolve()
    if office is not None:
        real = office.resolve()
        if here == real or here in real.parents or real in here.parents:
            return NotHere.OFFICE
    holds_others = folder.exists() and any(folder.iterdir()) and not is_made(folder)
    return NotHere.OTHERS if holds_others else None


def is_made(folder: Path) -> bool:
    """Whether there is something to practise on."""
    return (folder / MARK).is_file()


def throw_away(folder: Path) -> None:
    """Delete what was made there; nothing where there is nothing. Raises ValueError for a folder without the mark."""
    if folder.exists() and any(folder.iterdir()):
        if not is_made(folder):
            raise ValueError(f"{folder} is not for practice")
        shutil.rmtree(folder)


def copy_office(real: Path, folder: Path, now: int) -> None:
    """Copy the office whose data folder is `real`, without its people, keys and secrets. Raises DataUnusable."""

    def fill(making: Path) -> None:
        database = Database(database_file(making))
        database.create()
        database.close()
        keys = create_keys(making, now)
        copy_kept(database_file(real), database_file(making), kept(), _functions(keys))

    _make(folder, fill, now)


def invent_village(folder: Path, chance: Chance, said: Callable[[int], object], now: int) -> None:
    """Make a small village with a few weeks of rides, up to yesterday; `said` hears the days done."""

    def fill(making: Path) -> None:
        first_day = day_of(now) - timedelta(days=DAYS)
        office = open_office(making, now)
        try:
            live(begin(office, SMALL, chance, first_day), first_day, DAYS, (DAYS // 2,), said)
        finally:
            office.database.close()

    _make(folder, fill, now)


def open_practice(folder: Path, now: int) -> Office:
    """Open what was made. Raises DataUnusable."""
    return open_office(folder, now)


def _make(folder: Path, fill: Callable[[Path], None], now: int) -> None:
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    making = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        fill(making)
        office = open_office(making, now)
        with office.database.write() as connection:
            put_village(connection, VILLAGE)
        office.database.close()
        (making / MARK).write_text(_SAYS, encoding="utf-8")
        if folder.exists():
            folder.rmdir()
        making.rename(folder)
    except BaseException:
        shutil.rmtree(making)
        raise


def _functions(keys: OfficeKeys) -> dict[str, tuple[int, Callable[..., str | bytes]]]:
    members: dict[str, int] = {}
    shops: dict[str, int] = {}

    def of(say: Callable[[int], str], numbers: dict[str, int]) -> tuple[int, Callable[..., str | bytes]]:
        return 1, lambda key: say(numbers.setdefault(key, len(numbers)))

    return {
        "practice_name": of(people.name_of, members),
        "practice_kana": of(people.kana_of, members),
        "practice_mail": of(people.mail_of, members),
        "practice_phone": of(people.phone_of, members),
        "practice_shop": of(people.shop_of, shops),
        "practice_pass": (1, lambda packed: _pass_by(keys, packed)),
    }


def _pass_by(keys: OfficeKeys, packed: bytes) -> bytes:
    """The pass as this office would have issued it, for a village that there is not."""
    body = unpack_pass(packed).body
    is_card = body.kind is PassKind.CARD
    ours = replace(
        body,
        kid=CARDS_KID if is_card else PHONES_KID,
        issuer=ISSUER,
        flags=body.flags | PassFlag.TEST,
        public_key=None if is_card else _NO_PHONE,
    )
    return issue(ours, keys.cards if is_card else keys.phones).pack()
