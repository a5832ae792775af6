"""All that a journal's file still holds, read from a copy of it: the file itself stays as it is found."""

from __future__ import annotations

import fcntl
import shutil
import sqlite3
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from device.journal.examine import examine_log
from device.journal.file import JournalBroken, JournalFile
from device.journal.record import Record

NAME = "journal.db"
"""Of the file in use."""
MAGIC = b"SQLite format 3\0"
AT_ONCE = 1_000
STRANGERS = {sqlite3.SQLITE_ERROR, sqlite3.SQLITE_NOTADB}
"""What SQLite says of a file that has no such tables, or is none of its own; all else it says of a damaged one."""


class JournalUnreadable(Exception):
    """There is nothing to be read. The text is one sentence with the remedy."""


@dataclass(frozen=True, slots=True)
class Holding:
    """The records of journal `epoch`, oldest first, as they are: nothing about them was checked.

    `kept` is what is remembered of one kind, by its key.
    """

    epoch: str
    records: list[Record]
    kept: dict[str, bytes]


def read_holding(path: Path, kind: str) -> Holding:
    """What is in the file and in the log beside it, with all that is remembered of `kind`.

    SQLite would write beside a file that it only reads. Raises JournalUnreadable.
    """
    try:
        with tempfile.TemporaryDirectory(prefix="journal-") as folder:
            copy = Path(folder) / NAME
            _copy(path, copy)
            # Asked afterwards: what began meanwhile may have written into the half that was copied last.
            if path.name == NAME and _is_in_use(path.with_name("journal.lock")):
                raise JournalUnreadable(
                    f"{path} は使用中で、端末から返事がありません。少し待ってやり直すか、端末を止めてください / "
                    f"{path} is in use and the terminal does not answer: try again in a moment, or stop the terminal"
                )
            return _holding_in(path, copy, kind)
    except OSError as error:
        raise JournalUnreadable(
            f"{path} を読めません（{error.strerror}）。名前と権限、一時フォルダの空きを確かめてください / "
            f"{path} cannot be read ({error.strerror}): check its name, its owner, and the room for temporary files"
        ) from error


def _copy(path: Path, copy: Path) -> None:
    if path.exists() and not path.is_file():
        raise _no_journal(path)
    with path.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            raise _no_journal(path)
    shutil.copyfile(path, copy)
    with suppress(FileNotFoundError):
        shutil.copyfile(f"{path}-wal", f"{copy}-wal")


def _is_in_use(lock: Path) -> bool:
    """Whether a program owns the journal. Asking takes no longer than the question: it must keep none from starting."""
    try:
        with lock.open(encoding="ascii") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def _holding_in(path: Path, copy: Path, kind: str) -> Holding:
    # Before it is opened: SQLite leaves out what is damaged there, and says nothing.
    wrong = examine_log(copy)
    file = JournalFile(copy)
    try:
        file.look()
        head, is_empty = file.head(), file.newest() is None
        if not wrong and head is None and not is_empty:
            wrong = "head"
        if not wrong and not file.is_sound():
            wrong = "quick_check"
        if wrong:
            raise _damaged(path, wrong)
        epoch = head[0] if head else ""
        kept = {
            item.key: item.body or b""
            for item, stored in file.all_kept()
            if item.kind == kind and item.sum == stored
        }
        return Holding(epoch, _records(path, file), kept)
    except (sqlite3.Error, JournalBroken) as error:
        reason = error.__cause__ if isinstance(error, JournalBroken) else error
        code = getattr(reason, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
        if not wrong and code in STRANGERS:
            raise _no_journal(path) from error
        raise _damaged(path, wrong or str(error)) from error
    finally:
        file.close()


def _records(path: Path, file: JournalFile) -> list[Record]:
    records: list[Record] = []
    while some := file.records_after(records[-1].number if records else -1, AT_ONCE):
        for record in some:
            if not all(isinstance(each, bytes) for each in (record.previous, record.body, record.hash)):
                raise _damaged(path, f"record {record.number}")
        records += some
    return records


def _no_journal(path: Path) -> JournalUnreadable:
    return JournalUnreadable(
        f"{path} は端末の記録ではありません。端末のデータフォルダの journal.db を選んでください / "
        f"{path} is no journal: choose the journal.db of a terminal's data folder"
    )


def _damaged(path: Path, detail: str) -> JournalUnreadable:
    return JournalUnreadable(
        f"{path} は壊れているか、写しが途中で切れています（{detail}）。-wal と一緒に写し直してください。"
        f"端末のファイルなら、端末を起動すると読める記録が救い出されます / "
        f"{path} is damaged, or a copy cut short ({detail}): copy it again together with its -wal; "
        f"a terminal that is started saves what can be read of its own"
    )
