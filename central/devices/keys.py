"""The office's keys, in the data folder: what machines and riders' passes are believed by.

`root` signs the key set and nothing else. A unit is given the root's public half when it is made, and finds every
other key in the set.
"""

from __future__ import annotations

import os
import secrets
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from central.database.transaction import DataUnusable
from central.devices.down_log import DownKey
from rules.passes.key_set import Key, KeySet, open_key_set, pack_key_set
from rules.passes.seal import SigningKey, Use, private_from_bytes, public_bytes

PHONES_KID = 1
CARDS_KID = 128
DOWN_KID = 1
LIFE_S = 3 * 366 * 86_400
SLACK_S = 2 * 86_400
"""Keys count from a little before they are made: machines' clocks may be behind."""

_PRIVATE = {"phones": (Use.PASS, PHONES_KID), "cards": (Use.PASS, CARDS_KID), "down": (Use.DOWN, DOWN_KID)}
_ROOT = "root"
_KEY_SET = "key-set"
_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class OfficeKeys:
    """Private keys by what they sign, the set of their public halves as the root signed it, and the root's own."""

    phones: SigningKey = field(repr=False)
    cards: SigningKey = field(repr=False)
    down: DownKey = field(repr=False)
    key_set: bytes
    root_public: bytes


def create_keys(data: Path, now: int) -> OfficeKeys:
    """Make the keys of a new office at Unix second `now`, and open them.

    Raises OSError, also where there are keys already: none is ever overwritten.
    """
    # Under another name until all are there: a power cut leaves no half an office.
    making = Path(tempfile.mkdtemp(prefix="keys-", dir=data))
    keys = {name: _new_key(making, name) for name in (*_PRIVATE, _ROOT)}
    valid = (now - SLACK_S, now + LIFE_S)
    public = [Key(kid, use, public_bytes(keys[name]), *valid) for name, (use, kid) in _PRIVATE.items()]
    _write(making, _KEY_SET, pack_key_set(KeySet(1, tuple(public)), keys[_ROOT]))
    making.rename(_folder(data))
    for folder in (_folder(data), data):
        _sync(folder)
    return open_keys(data)


def open_keys(data: Path) -> OfficeKeys:
    """The keys in the data folder. Raises DataUnusable where one is missing or damaged, or others may read it."""
    folder = _folder(data)
    root_public = public_bytes(_read_key(folder, _ROOT))
    key_set = _read(folder, _KEY_SET)
    opened = open_key_set(key_set, root_public)
    if opened is None:
        raise _unusable(folder / _KEY_SET, "not signed by the root key")
    keys = {name: _read_key(folder, name) for name in _PRIVATE}
    for name, (use, kid) in _PRIVATE.items():
        if not any(
            (key.use, key.kid, key.public) == (use, kid, public_bytes(keys[name])) for key in opened.keys
        ):
            raise _unusable(folder / name, "not in the key set")
    return OfficeKeys(keys["phones"], keys["cards"], DownKey(DOWN_KID, keys["down"]), key_set, root_public)


def has_keys(data: Path) -> bool:
    """Whether an office has its keys here."""
    return _folder(data).exists()


def _folder(data: Path) -> Path:
    return data / "keys"


def _new_key(folder: Path, name: str) -> SigningKey:
    secret = secrets.token_bytes(_SECRET_BYTES)
    _write(folder, name, secret.hex().encode())
    return private_from_bytes(secret)


def _write(folder: Path, name: str, content: bytes) -> None:
    descriptor = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read(folder: Path, name: str) -> bytes:
    path = folder / name
    try:
        if path.stat().st_mode & 0o077:
            raise _unusable(path, "others may read it: chmod 600")
        return path.read_bytes()
    except OSError as error:
        raise _unusable(path, error) from error


def _read_key(folder: Path, name: str) -> SigningKey:
    try:
        return private_from_bytes(bytes.fromhex(_read(folder, name).decode("ascii")))
    except ValueError as error:
        raise _unusable(folder / name, "not a key") from error


def _unusable(path: Path, detail: object) -> DataUnusable:
    return DataUnusable(
        f"役場の鍵 {path} を使えません。バックアップから復元してください",
        f"The office's key {path} cannot be used: restore it from the backup",
        detail,
    )
