"""The commands `export` and `import` of a field machine: records out and the office's answer in, on a memory stick.

And `handlers`, by which the running machine answers them and `replay --journal`.
"""

from __future__ import annotations

import json
import queue
import secrets
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TypeVar

import click
import msgspec

from device.clock import BUILT, Clock, SystemTime, boot_id
from device.control import NotRunning, call
from device.facts import Asked
from device.identity import IdentityMissing, load_identity
from device.journal import Journal, JournalBroken, JournalUnusable
from device.office_lists import OfficeLists
from device.reading_out import lines_of
from device.standing import AskStanding, standing_handler
from device.stick.carry import Exported, Imported, Machine, export_lines, hand_in
from device.stick.desk import StickDesk
from device.stick.file import read_file, write_file
from rules.messages.codec import decode
from rules.messages.standing import STANDING
from rules.messages.stick import MAX_ANSWER_BYTES, StickRefused

if TYPE_CHECKING:
    from device.control import Handler
    from device.ports import Report
    from device.reading_out import ReadQuestion
    from device.sections import Unit
    from device.stick.desk import Ask, Question

T = TypeVar("T")

EXPORT, IMPORT, REPLAY = "export", "import", "replay"
REPLY_S = 20.0
"""A busy loop answers within milliseconds; longer than this, it hangs."""
TOLD_EVERY = 4 * 1024 * 1024
"""Bytes between two words on how far it is."""
FAULTS = (StickRefused, JournalUnusable, JournalBroken, IdentityMissing)


def asking(report: Report) -> Callable[[Question | ReadQuestion | AskStanding], object]:
    """Asks the loop from another thread. What it gives raises StickRefused where the loop does not answer."""

    def ask(question: Question | ReadQuestion | AskStanding) -> object:
        replies: queue.Queue[object] = queue.Queue(1)
        try:
            if report(Asked(question, replies.put_nowait)):
                return replies.get(timeout=REPLY_S)
        except queue.Empty:
            pass
        raise StickRefused(
            "端末が忙しく、返事がありません。少し待ってやり直してください",
            "The terminal is busy and does not answer: wait a moment and try again",
        )

    return ask


def handlers(machine: Machine, report: Report) -> dict[str, Handler]:
    """What the running machine does for the commands, in another thread than the loop's."""
    ask = asking(report)

    def export(_: bytes) -> Iterator[bytes | msgspec.Struct]:
        return export_lines(machine, ask, new_session())

    def take(data: bytes) -> Iterator[bytes | msgspec.Struct]:
        yield hand_in(machine, ask, data)

    def read(_: bytes) -> Iterator[bytes | msgspec.Struct]:
        return lines_of(ask)

    return {EXPORT: export, IMPORT: take, REPLAY: read, STANDING: standing_handler(ask)}


def new_session() -> str:
    """A name for a greeting that no other has."""
    return secrets.token_hex(8)


def export_to(unit: Unit, version: str, target: Path, *, as_json: bool) -> int:
    """Write the file; the exit code."""
    try:
        path, exported = write_file(target, unit.id, _lines(unit, version))
    except FAULTS as reason:
        _fail(reason)
    if as_json:
        _print_json(msgspec.to_builtins(exported) | {"file": str(path)})
    else:
        _print_exported(exported, path)
    return 0


def import_from(unit: Unit, version: str, source: Path, *, as_json: bool) -> int:
    """Take in the answer; the exit code."""
    try:
        data = read_file(source, MAX_ANSWER_BYTES)
        try:
            *_, done = call(unit.data, IMPORT, data)
            imported = decode(bytes(done), Imported)
        except NotRunning:
            with _own_journal(unit, version) as (machine, ask):
                imported = hand_in(machine, ask, data)
    except FAULTS as reason:
        _fail(reason)
    if as_json:
        _print_json(msgspec.to_builtins(imported))
    else:
        _print_imported(imported)
    if imported.problem:
        click.echo(imported.problem, err=True)
    return 1 if imported.problem else 0


def _lines(unit: Unit, version: str) -> Iterator[bytes | Exported]:
    """From the running machine, and from the journal itself where none runs."""
    try:
        for said in _told(call(unit.data, EXPORT)):
            yield said if isinstance(said, bytes) else decode(bytes(said), Exported)
    except NotRunning:
        with _own_journal(unit, version) as (machine, ask):
            yield from _told(export_lines(machine, ask, new_session()))


def _told(lines: Iterator[bytes | T]) -> Iterator[bytes | T]:
    """The same, and a word on stderr now and then."""
    size, told = 0, 0
    for line in lines:
        if isinstance(line, bytes):
            size += len(line)
        if size - told >= TOLD_EVERY:
            told = size
            click.echo(f"{size / 1e6:.0f} MB …", err=True)
        yield line


@contextmanager
def _own_journal(unit: Unit, version: str) -> Iterator[tuple[Machine, Ask]]:
    """The journal of a machine that does not run. Raises the others of FAULTS."""
    identity = load_identity(unit.data, unit.id)
    with Journal(unit.data, unit.id, any_disk=unit.demo).open() as journal:
        lists = OfficeLists(unit.id, identity.root_public)
        lists.load(journal)
        clock = Clock(SystemTime(), boot_id(), journal.floor, BUILT)
        yield Machine(identity, unit.village), StickDesk(identity, journal, lists, clock.now, version).answer


def _fail(reason: Exception) -> NoReturn:
    click.echo(str(reason), err=True)
    sys.exit(1)


def _print_json(document: object) -> None:
    """One line of UTF-8, whatever the locale is."""
    click.echo(json.dumps(document, ensure_ascii=False).encode())


def _print_exported(exported: Exported, path: Path) -> None:
    if exported.records:
        click.echo(
            f"{exported.first}番から{exported.last}番まで、{exported.records}件の記録を書き出しました。 / "
            f"{exported.records} records exported, number {exported.first} to {exported.last}."
        )
    else:
        click.echo("送る記録はありません。 / There are no records to send.")
    if exported.left:
        click.echo(
            f"残り{exported.left}件は入りきりません。返事を import してから、もう一度書き出してください。 / "
            f"{exported.left} more had no room: import the answer, then export again."
        )
    click.echo(f"{path}")
    click.echo(
        "この記録は役場の返事を import するまで端末にも残ります。 / "
        "The records stay in the terminal too, until the office's answer is imported."
    )


def _print_imported(imported: Imported) -> None:
    if imported.other_journal:
        click.echo(
            "前の記録についての返事でした。もう一度書き出してください。 / "
            "The answer is about an earlier journal of this machine: export again."
        )
    elif imported.began_anew:
        click.echo(
            "役場の控えがこの端末の記録と違うため、新しい記録を始めました。もう一度書き出してください。 / "
            "The office holds something else under this machine's numbers, so a new journal was begun: export again."
        )
    else:
        click.echo(
            f"役場は{imported.acknowledged}番まで受け取りました（前は{imported.before}番）。"
            f"未送信は{imported.waiting}件です。 / "
            f"The office holds records up to number {imported.acknowledged} (before: {imported.before}); "
            f"{imported.waiting} wait to be sent."
        )
    click.echo(f"役場からの知らせ: 新しいもの{imported.news}件 / News from the office: {imported.news} new.")
