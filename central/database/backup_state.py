"""How the backup of the database stands, by the file that whoever ships it writes beside it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from central.japan import span_text, stamp_text
from rules.checkup.check import Check, fail, warn, well
from rules.messages.backup import DRILL_DAYS, LATE_S, OLD_S, STATE_FILE, BackupState
from rules.messages.codec import Malformed, decode

BACKUP, DRILL = "backup", "backup-drill"
_SERVICE = (
    "yukemuri-provision backup run のサービスと、送り先のディスクを確かめてください / "
    "check the service of yukemuri-provision backup run, and the disk it ships to"
)
_DRILL = (
    "金庫の鍵で yukemuri-provision backup drill を行ってください / "
    "run yukemuri-provision backup drill with the key from the safe"
)
_DIFFERS = (
    "何も直さず、バックアップを別の場所に残して、保守担当へ連絡してください / "
    "change nothing, keep a copy of the backups elsewhere, and tell maintenance"
)
_WRONG = {"restore": ("復元", "restore"), "ledger": ("元帳", "ledger"), "audit": ("操作の記録", "audit log")}
DAY_S = 86_400


def read_state(folder: Path) -> BackupState | None:
    """None where no backup has run, or the file is not one of ours."""
    with suppress(OSError, Malformed):
        return decode((folder / STATE_FILE).read_bytes(), BackupState)
    return None


def backup_checks(folder: Path, now: int) -> list[Check]:
    """Whether all is shipped, and whether a drill has lately shown that it can be brought back."""
    state = read_state(folder)
    if state is None:
        detail = "バックアップは動いたことがありません / no backup has ever run"
        return [warn(BACKUP, detail, _SERVICE)]
    return [_shipped(state, now), _drilled(state, now)]


def _shipped(state: BackupState, now: int) -> Check:
    if state.problem:
        return fail(BACKUP, state.problem, _SERVICE)
    # While nothing is written there is nothing to ship: who looks is at work.
    silent, late = now - state.looked, now - state.until
    until = stamp_text(state.until)
    japanese, english = f"{until} の状態まで届いています", f"all is shipped until {until}"
    if state.parcel:
        left = stamp_text(state.parcel)
        japanese, english = f"{japanese}（最後の小包 {left}）", f"{english} (last parcel {left})"
    detail = f"{japanese} / {english}"
    is_old, is_late = silent > OLD_S or not state.until, silent > LATE_S or late > OLD_S
    if not is_old and not is_late:
        return well(BACKUP, detail)
    late_detail = (
        f"{until} から届いていません / nothing has been shipped since {until}"
        if state.until
        else "まだ一度も届いていません / nothing has been shipped yet"
    )
    return fail(BACKUP, late_detail, _SERVICE) if is_old else warn(BACKUP, late_detail, _SERVICE)


def _drilled(state: BackupState, now: int) -> Check:
    drill = state.drill
    if drill is None:
        return warn(DRILL, "復元の訓練をしたことがありません / no drill was ever made", _DRILL)
    when, ago = stamp_text(drill.at), span_text(max(0, now - drill.at))
    if drill.wrong:
        names = [_WRONG.get(each, (each, each)) for each in drill.wrong]
        japanese, english = "・".join(name for name, _ in names), ", ".join(name for _, name in names)
        detail = f"{when} の訓練で合いませんでした（{japanese}） / the drill at {when} failed ({english})"
        return fail(DRILL, detail, _DIFFERS)
    until = stamp_text(drill.until)
    detail = (
        f"{ago}前の訓練で、{until} の状態に戻り、すべて合いました / "
        f"{ago} ago a drill brought back the state of {until}, and all agreed"
    )
    return fail(DRILL, detail, _DRILL) if now - drill.at > DRILL_DAYS * DAY_S else well(DRILL, detail)
