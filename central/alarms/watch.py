"""Every minute: how machines and server are, and mails about what has changed."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from central.access.members.mailbox import Mailbox, NotSent
from central.alarms.memory import read_memory, write_memory
from central.alarms.weigh import Alarm, Limits, Memory, Trouble, after, weigh
from central.database.backup_state import BACKUP, DRILL, backup_checks, read_state
from central.database.transaction import Connection, Database, DataUnusable
from central.desk.machines import machine_line
from central.desk.unsent import write_unsent
from central.doctor import data, ways
from central.japan import day_of, stamp_text
from central.timer import Timer
from central.today.device_line import Presence
from central.today.filters import Filter
from central.today.reading import Reading
from central.words.names import EditionShelf
from central.words.say_event import Tone
from rules.checkup.check import Result

log = logging.getLogger(__name__)
EVERY_S = 60.0
SERVER = "(server)"
"""Under this name the office's own server is told of. No machine may be called so."""
SOON = ("証明書", "certificate")
"""Told although it is good for some days yet: afterwards it is too late."""
_SERVER: dict[str, tuple[str, str]] = {
    "data-folder": ("データの置き場", "data folder"),
    "disk-room": ("ディスクの空き", "room on the disk"),
    "database": ("データベース", "database"),
    "ledger": ("元帳の検算", "ledger's recomputation"),
    BACKUP: ("バックアップ", "backup"),
    DRILL: ("復元の訓練", "restore drill"),
    "authority": ("端末の認証局", "machines' authority"),
    "server-certificate": ("サーバーの証明書", "server's certificate"),
    "withdrawn-list": ("失効リスト", "list of withdrawn certificates"),
}
"""What of the server is told. Of these, certificates and lists also while they are good for less than 15 days."""
_SOON = {"authority", "server-certificate", "withdrawn-list"}
_LOOK = (
    "サーバーで yukemuri-central doctor を実行してください",
    "run yukemuri-central doctor on the server",
)


@dataclass(frozen=True, slots=True)
class To:
    """Who is told, how often, and where the desk's page is."""

    addresses: tuple[str, ...]
    limits: Limits
    desk: str


class Watch:
    """Looks once by `look`; what could not be sent is tried again at the next look."""

    def __init__(
        self, database: Database, mailbox: Mailbox, to: To, now: Callable[[], int], *, demo: bool
    ) -> None:
        self._database, self._mailbox, self._to, self._now = database, mailbox, to, now
        self._folder = database.path.parent
        self._shelf = EditionShelf()
        self._demo = demo
        self._memory: Memory | None = None

    def timer(self) -> Timer:
        """Does it every minute, from start to stop."""
        return Timer("alarms", EVERY_S, self.look)

    def look(self) -> None:
        """Find what is wrong now, and send what is due."""
        now = self._now()
        found, unusable = self._machines(now)
        found[SERVER] = (*unusable, *server_troubles(self._folder, now, demo=self._demo))
        known = read_memory(self._folder) if self._memory is None else self._memory
        memory, due = weigh(known, found, self._to.limits, now)
        unsent = len(due)
        for alarm in due:
            subject, text = mail_of(alarm, self._to.desk)
            try:
                self._mailbox.send(", ".join(self._to.addresses), subject, text, now)
            except NotSent as error:
                log.warning("an alarm could not be mailed: %s", error)
                break
            unsent -= 1
            memory = after(memory, alarm, now)
            self._keep(memory)
        self._keep(memory)
        self._say_unsent(unsent, now)

    def _machines(self, now: int) -> tuple[dict[str, tuple[Trouble, ...]], tuple[Trouble, ...]]:
        """What is wrong with the machines; that nothing can be read of them is the server's own trouble."""
        try:
            with self._database.read() as connection:
                return machine_troubles(connection, self._shelf, now), ()
        except DataUnusable as error:
            log.warning("the alarms cannot read the database: %s", error)
            return {}, (Trouble(_SERVER["database"], _LOOK),)

    def _keep(self, memory: Memory) -> None:
        """In mind first: on a full disk, which is told too, the same mail must not go out every minute."""
        self._memory = memory
        try:
            write_memory(self._folder, memory)
        except OSError as error:
            log.warning("what was told by mail cannot be written down: %s", error)

    def _say_unsent(self, count: int, now: int) -> None:
        """To the desk: a mail server that is down can be told of by no mail."""
        try:
            write_unsent(self._folder, count, now)
        except OSError as error:
            log.warning("what could not be mailed cannot be written down for the desk: %s", error)


def machine_troubles(connection: Connection, shelf: EditionShelf, now: int) -> dict[str, tuple[Trouble, ...]]:
    """What is wrong with every machine that says how it is, or that should and does not."""
    found: dict[str, tuple[Trouble, ...]] = {}
    for line in Reading(connection, Filter(day_of(now)), shelf, now).machines:
        if line.presence in (Presence.OFF_DUTY, Presence.NEVER, Presence.REVOKED):
            # Switched off with a broken camera is not well again, nor is one that was stolen.
            continue
        faults = machine_line(line, None).faults
        found[line.device] = tuple(
            Trouble(each.name, each.todo)
            for each in faults
            if each.tone is Tone.BAD or each.name in (line.state, SOON)
        )
    return found


def server_troubles(folder: Path, now: int, *, demo: bool) -> tuple[Trouble, ...]:
    """What is wrong with the server, of what nobody else would notice in time."""
    checks = [*data.folder(folder, demo=demo), *ways.certificates(folder, None, now)]
    checks.append(data.ledger(folder))
    if read_state(folder) is not None:
        checks += backup_checks(folder, now)
    return tuple(
        Trouble(_SERVER[each.name], _halves(each.remedy))
        for each in checks
        if each.name in _SERVER
        and (each.result is Result.FAIL or (each.result is Result.WARN and each.name in _SOON))
    )


def mail_of(alarm: Alarm, desk: str) -> tuple[str, str]:
    """Subject and text. Nothing in it names a person, or repeats what a machine has said."""
    name = "役場のサーバー" if alarm.machine == SERVER else alarm.machine
    english = "the server" if alarm.machine == SERVER else alarm.machine
    if not alarm.troubles:
        subject = f"【ゆけむり】{name}：元に戻りました / {english} is well again"
        lines = [f"{stamp_text(alarm.since)} に元に戻りました。 / Well again."]
    else:
        words = "・".join(each.name[0] for each in alarm.troubles)
        said = ", ".join(each.name[1] for each in alarm.troubles)
        subject = f"【ゆけむり】{name}：{words} / {english}: {said}"
        lines = [f"{stamp_text(alarm.since)} から / since then", ""]
        for each in alarm.troubles:
            lines.append(f"・{each.name[0]} / {each.name[1]}")
            lines.append(f"  {each.todo[0]} / {each.todo[1]}")
    return subject, "\n".join([*lines, "", f"{desk}"])


def _halves(text: str) -> tuple[str, str]:
    japanese, _, english = text.partition(" / ")
    return japanese, english or japanese
