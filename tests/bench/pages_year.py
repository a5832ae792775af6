"""The year that pages are measured on: made once by the office's own intake, then kept beside the other benchmarks.

Its folder's name follows from the schema and from the generator's own bytes, so another of either makes another year.
"""

from __future__ import annotations

import hashlib
import random
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from datetime import date
from pathlib import Path

from central.database.migrations.head import HEAD
from central.database.transaction import database_file
from central.devices.data_folder import open_office
from central.japan import seconds_of
from central.practice import village
from central.practice.village import Size, Village

FIRST_DAY = date(2026, 4, 1)
DAYS = 365
FEASTS = (33, 135, 275)
"""Days with many riders: 5月4日, 8月14日, 1月1日."""
LAST_DAY = date(2027, 3, 31)
BUSIEST = date(2026, 8, 14)
SIZE = Size(members=3_000, shops=60, buses=3, turns=8, riders=10, payments=100, baths=2, codes=8)
"""Some 300,000 records of buses in a year."""

GENERATOR = ("bus_day.py", "line.py", "machines.py", "people.py", "village.py")


def year_folder(data: Path, size: Size = SIZE, days: int = DAYS) -> Path:
    """Where the year of this schema and this generator lies, made or not."""
    made_by = hashlib.sha256(f"{HEAD} {size} {days} {FEASTS}".encode())
    for source in GENERATOR:
        made_by.update((Path(village.__file__).parent / source).read_bytes())
    return data / f"pages-{made_by.hexdigest()[:12]}"


def make_year(
    data: Path, said: Callable[[int], object], size: Size = SIZE, days: int = DAYS, seed: int = 1
) -> Path:
    """The folder with the year, made now where there is none: that takes minutes. `said` hears the days done."""
    folder = year_folder(data, size, days)
    if not folder.exists():
        # Under another name until the year is over: one that was interrupted is never measured.
        making = Path(tempfile.mkdtemp(prefix="making-", dir=data))
        try:
            _write(making, said, size, days, seed)
            making.rename(folder)
        except BaseException:
            shutil.rmtree(making)
            raise
        for older in data.glob("pages-*"):
            if older != folder:
                shutil.rmtree(older)
    return folder


def _write(folder: Path, said: Callable[[int], object], size: Size, days: int, seed: int) -> Village:
    office = open_office(folder, seconds_of(FIRST_DAY)[0])
    try:
        begun = village.begin(office, size, random.Random(seed), FIRST_DAY)
        village.live(begun, FIRST_DAY, days, FEASTS, said)
        return begun
    finally:
        office.database.close()


def records_in(folder: Path) -> int:
    """How many records of machines its books hold."""
    with closing(sqlite3.connect(database_file(folder))) as connection:
        return int(connection.execute("SELECT count(*) FROM records").fetchone()[0])
