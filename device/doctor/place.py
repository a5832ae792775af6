"""Checks of where a machine keeps what it knows: its folder, its identity, its journal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from device.identity import IdentityMissing, load_identity
from device.journal import JournalUnreadable, read_holding
from device.journal.disk import BALLAST_BYTES, NO_DISKS, RESERVE_BYTES, file_system_of
from device.vitals import free_mb
from rules.checkup.check import Check, fail, warn, well

if TYPE_CHECKING:
    from device.doctor.running import State
    from device.sections import Unit

LEAST_MB = (RESERVE_BYTES + BALLAST_BYTES) / 1_000_000
"""Below it the machine refuses to record."""
TIGHT_MB = 200
"""Below it somebody should look: a journal may take more than that."""
QUEUE_LONG = 500
HOUR_S = 3_600
QUEUE_OLD_S = 2 * HOUR_S
"""Longer than a trip through the valley and back."""


def data_folder(unit: Unit) -> list[Check]:
    """A folder on a real disk, with room and with its ballast."""
    name, folder = "data-folder", unit.data
    try:
        system = file_system_of(folder)
        has_ballast = "ballast" in {each.name for each in folder.iterdir()}
    except OSError as error:
        return [
            fail(
                name,
                f"{folder} を開けません（{error.strerror}） / {folder} cannot be opened ({error.strerror})",
                "設定の unit.data と持ち主を確かめ、サービスと同じ利用者か root で実行してください / "
                "check unit.data in the settings and who owns it, and run this as the service's user or as root",
            )
        ]
    checks = [_disk(name, f"{folder}（{system or '?'}）", system, demo=unit.demo)]
    free = free_mb(folder) or 0
    room = f"空き {free:,} MB / {free:,} MB free"
    if free < LEAST_MB:
        remedy = (
            "ほかのファイルを消すか、大きなカードに替えてください / remove other files, or take a larger card"
        )
        checks.append(fail("disk-room", room, remedy))
    elif free < TIGHT_MB:
        remedy = "早めに空きを作ってください / make room soon"
        checks.append(warn("disk-room", room, remedy))
    else:
        checks.append(well("disk-room", room))
    if has_ballast:
        checks.append(well("ballast", "満杯のための予備があります / the reserve for a full disk is there"))
    else:
        checks.append(
            warn(
                "ballast",
                "満杯のための予備がありません / the reserve for a full disk is not there",
                "端末を動かすと作られます。動いているのにないときは、ディスクに空きを作ってください / "
                "the running machine makes it; if it runs and has none, make room on the disk",
            )
        )
    return checks


def _disk(name: str, place: str, system: str, *, demo: bool) -> Check:
    if system not in NO_DISKS:
        return well(name, f"{place} / on a disk of this machine")
    detail = f"{place} は電源が切れると消える場所です / {place} loses what was written when the power goes"
    remedy = (
        "unit.data をこの機械のディスク（ext4 など）に移してください。overlay は raspi-config で外します / "
        "move unit.data to a disk of this machine (ext4, for example); an overlay is switched off in raspi-config"
    )
    return warn(name, detail, remedy) if demo else fail(name, detail, remedy)


def identity(unit: Unit) -> Check:
    """Its keys, which nobody else may read."""
    try:
        load_identity(unit.data, unit.id)
    except IdentityMissing as missing:
        return fail(
            "identity",
            str(missing),
            f"yukemuri-provision enrol --unit {unit.id} で登録してください / enrol it: yukemuri-provision enrol",
        )
    return well("identity", f"{unit.id} の鍵があります / the keys of {unit.id} are there")


def journal(unit: Unit, state: State | None, now: int) -> list[Check]:
    """The journal by the running machine's own word, at Unix second `now`; otherwise by a look at a copy of it."""
    if state is not None:
        return [_journal_of(state), _queue(state, now)]
    path = unit.data / "journal.db"
    if not path.exists():
        return [
            well(
                "journal",
                "記録はまだありません。最初の起動で作られます / there is none yet: the first start makes it",
            )
        ]
    try:
        holding = read_holding(path, "")
    except JournalUnreadable as error:
        remedy = (
            "端末を起動してください。読める記録は救い出され、壊れたファイルは quarantine/ に残ります / "
            "start the machine: it saves what can be read, and keeps the damaged file in quarantine/"
        )
        return [fail("journal", str(error), remedy)]
    count = len(holding.records)
    return [well("journal", f"記録 {count:,}件、健全です / {count:,} records, sound")]


def _journal_of(state: State) -> Check:
    if state.told.stopped:
        return fail(
            "journal",
            state.told.stopped,
            "画面の言葉に従ってください / do what the machine's page says",
        )
    return well("journal", f"記録 {state.records:,}件、動いています / {state.records:,} records, at work")


def _queue(state: State, now: int) -> Check:
    queue = state.told.queue
    waited = now - state.waiting_since if state.waiting_since else 0
    detail = f"未送信 {queue:,}件 / {queue:,} not with the office yet"
    if waited >= QUEUE_OLD_S:
        hours = waited // HOUR_S
        detail = (
            f"未送信 {queue:,}件、{hours:,}時間前から / {queue:,} not with the office, for {hours:,} hours"
        )
    elif queue < QUEUE_LONG:
        return well("queue", detail)
    remedy = (
        "電波の届く所に止めてください。届かないときは export で運びます / "
        "park it in reception, or carry the records by export"
    )
    if state.told.link_up:
        remedy = (
            "つながっているのに届いていません。役場でこの機器の例外とサーバーを確かめ、export で運びます / "
            "it is connected, so see the office's exceptions of this machine and its server; carry them by export"
        )
    return warn("queue", detail, remedy)
