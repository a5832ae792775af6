"""The office's data folder: database, keys and the down log's beginning, made at the first use."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from central.database.transaction import Database, DataUnusable, database_file
from central.devices.down_log import append, begin_log
from central.devices.keys import OfficeKeys, create_keys, has_keys, open_keys
from central.devices.store import log_epoch
from rules.messages.link import KeysHeld


@dataclass(frozen=True, slots=True)
class Office:
    """An open data folder."""

    database: Database
    keys: OfficeKeys


def open_office(data: Path, now: int) -> Office:
    """Open the data folder, making whatever a new one needs. `now` is the Unix second at which new keys are made.

    Raises DataUnusable. Again, it changes nothing.
    """
    database = Database(database_file(data))
    database.create()
    with database.write() as connection:
        is_new = log_epoch(connection) is None
        keys = _create_keys(data, now) if is_new and not has_keys(data) else open_keys(data)
        if is_new:
            begin_log(connection)
            append(connection, KeysHeld(keys.key_set.hex()))
    return Office(database, keys)


def _create_keys(data: Path, now: int) -> OfficeKeys:
    try:
        return create_keys(data, now)
    except OSError as error:
        raise DataUnusable(
            "役場の鍵を作れません。保存先の権限と空き容量を確認してください",
            "The office's keys cannot be made: check the data folder's permissions and free space",
            error,
        ) from error
