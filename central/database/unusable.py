"""What people are told when the data folder or its disk does not do what it must."""

from __future__ import annotations

import errno
import sqlite3
from typing import Any

__all__ = ["OTHERWISE", "DataUnusable", "broken", "busy", "refused"]

_REMEDIES = {
    sqlite3.SQLITE_CANTOPEN: (
        "データベースを開けません。保存先のフォルダーと権限を確認してください",
        "The database cannot be opened: check that the data folder is there and belongs to this user",
    ),
    sqlite3.SQLITE_READONLY: (
        "データベースに書き込めません。保存先の権限とディスクの状態を確認してください",
        "The database cannot be written: check the data folder's permissions and whether the disk is read-only",
    ),
    sqlite3.SQLITE_FULL: (
        "ディスクがいっぱいです。空き容量を作ってください",
        "The disk is full: make room on it",
    ),
    sqlite3.SQLITE_IOERR: (
        "ディスクの読み書きに失敗しました。ディスクを交換し、バックアップから復元してください",
        "The disk fails to read or write: replace it and restore the backup",
    ),
    sqlite3.SQLITE_CORRUPT: (
        "データベースが壊れています。バックアップから復元してください",
        "The database is damaged: restore the backup",
    ),
    sqlite3.SQLITE_NOTADB: (
        "このファイルはデータベースではありません。保存先の設定を確認してください",
        "This file is not a database: check the data folder in the settings",
    ),
    sqlite3.SQLITE_BUSY: (
        "ほかのプログラムがデータベースを使っています。終わってからもう一度お試しください",
        "Another program holds the database: try again when it has ended",
    ),
}
OTHERWISE = (
    "データベースを使えません。保存先を確認してください",
    "The database cannot be used: check the data folder",
)


class DataUnusable(Exception):
    """The data folder or its disk does not do what it must. The text is for people and says what to do."""

    def __init__(self, japanese: str, english: str, detail: object) -> None:
        super().__init__(f"{japanese} / {english} ({detail})")


def refused(error: OSError) -> DataUnusable:
    """What to say where the system did not let a file be opened."""
    code = {errno.ENOSPC: sqlite3.SQLITE_FULL, errno.EROFS: sqlite3.SQLITE_READONLY}.get(error.errno or 0)
    return DataUnusable(*_REMEDIES[code or sqlite3.SQLITE_CANTOPEN], error)


def busy(detail: object) -> DataUnusable:
    """What to say where others hold the database."""
    return DataUnusable(*_REMEDIES[sqlite3.SQLITE_BUSY], detail)


def broken(error: Any) -> DataUnusable | None:
    """What to say of an error that lies with the file or the disk; None for one that lies with the statement."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return None
    # The low byte is the primary code; extended codes carry their detail above it. That the index of the log cannot
    # grow is called a failing disk there, but it means a full one.
    primary = sqlite3.SQLITE_FULL if code == sqlite3.SQLITE_IOERR_SHMSIZE else code & 0xFF
    if primary in _REMEDIES:
        return DataUnusable(*_REMEDIES[primary], error)
    return None
