"""Checks of what the office keeps: its folder, its database, its ledger."""

from __future__ import annotations

import shutil
from pathlib import Path

from central.database.migrate import WORDS, Age
from central.database.read_status import quick_check, read_status
from central.database.transaction import Database, DataUnusable, database_file
from central.doctor.tools import asked
from central.japan import span_text, stamp_text
from central.ledger.last_verified import read_last
from central.ledger.store import last_numbers
from rules.checkup.check import Check, fail, warn, well

NO_DISKS = {"tmpfs", "ramfs", "overlayfs", "squashfs", "nfs", "cifs", "smb2", "v9fs"}
"""By stat(1)'s names: where what was synced is gone after a power cut, or locks do not hold."""
LEAST_MB, TIGHT_MB = 200, 2_000
VERIFY_DAYS = 35
"""A month, and some days for the month's closing."""
DAY_S = 86_400


def folder(data: Path, *, demo: bool) -> list[Check]:
    """A folder of its own on a real disk with room, that nobody else reads."""
    try:
        mode, free = data.stat().st_mode, shutil.disk_usage(data).free // 1_000_000
    except OSError as error:
        remedy = "設定の data と持ち主を確かめてください / check data in the settings, and who owns it"
        return [fail("data-folder", f"{data} を開けません（{error.strerror}） / cannot be opened", remedy)]
    system = asked("stat", "-f", "-c", "%T", str(data)) or "?"
    checks = []
    if system in NO_DISKS:
        detail = (
            f"{data}（{system}）は電源が切れると消える場所です / loses what was written when the power goes"
        )
        remedy = "data をこの機械のディスクに移してください / move it to a disk of this machine"
        checks.append(warn("data-folder", detail, remedy) if demo else fail("data-folder", detail, remedy))
    elif mode & 0o077:
        detail = f"{data} をほかの利用者も読めます / others may read {data}"
        checks.append(warn("data-folder", detail, f"chmod 700 {data}"))
    else:
        checks.append(well("data-folder", f"{data}（{system}）"))
    room = f"空き {free:,} MB / {free:,} MB free"
    remedy = "更新の前の写しや古いログを消してください / remove copies from before upgrades, or old logs"
    if free < LEAST_MB:
        checks.append(fail("disk-room", room, remedy))
    else:
        checks.append(warn("disk-room", room, remedy) if free < TIGHT_MB else well("disk-room", room))
    return checks


def database(data: Path) -> list[Check]:
    """Version, a quick check of all pages, and the ledger's head against its last recomputation."""
    found = Database(database_file(data))
    try:
        return _database(data, found)
    except DataUnusable as error:
        remedy = (
            "読めるまで何も直さず、バックアップからの復元（README）を調べてください / "
            "change nothing; see how to restore from the backup in the README"
        )
        return [fail("database", str(error), remedy)]
    finally:
        found.close()


def _database(data: Path, found: Database) -> list[Check]:
    status = read_status(found)
    remedy = "yukemuri-central database status で調べてください / see yukemuri-central database status"
    if status.problem or status.version is None:
        return [fail("database", status.problem or "?", remedy)]
    words = " / ".join(WORDS[status.version.age])
    if status.version.age is not Age.NEWEST:
        return [warn("database", words, remedy)]
    with found.read() as connection:
        wrong = quick_check(connection)
        head = "" if wrong else last_numbers(connection).head
    if wrong:
        restore = "バックアップから復元してください（README） / restore from the backup (README)"
        return [fail("database", f"壊れています（{wrong}） / it is damaged", restore)]
    return [well("database", f"{words}・quick_check ok"), ledger(data, head)]


def ledger(data: Path, head: str = "") -> Check:
    """How the ledger's last recomputation came out, whose chain ends at `head` now."""
    shown = head[:12] or "-"
    last = read_last(data)
    remedy = f"yukemuri-central ledger verify --data {data} を実行してください / run that command"
    if last is None:
        detail = f"鎖の端 {shown}、まだ検算していません / head {shown}, never recomputed"
        return warn("ledger", detail, remedy)
    when = stamp_text(last.at)
    if last.problems:
        detail = f"{when} の検算に違いが{last.problems}件 / {last.problems} differences at {when}"
        return fail("ledger", detail, remedy)
    return well("ledger", f"鎖の端 {shown}、最後の検算 {when} / head {shown}, last recomputed {when}")


def verified_lately(data: Path, now: int) -> Check:
    """Whether somebody has recomputed the ledger within a month."""
    last = read_last(data)
    remedy = f"yukemuri-central ledger verify --data {data} を実行してください / run that command"
    if last is None or now - last.at > VERIFY_DAYS * DAY_S:
        detail = f"{VERIFY_DAYS}日のあいだ検算していません / not recomputed for {VERIFY_DAYS} days"
        return warn("ledger-verified", detail, remedy)
    ago = span_text(max(0, now - last.at))
    return well("ledger-verified", f"{ago}前に検算しました / recomputed {ago} ago")
