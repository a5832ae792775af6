"""Who may speak: machines are registered with their signing key, and revoked when one is lost."""

from __future__ import annotations

import re
from enum import StrEnum

from central.database.transaction import Connection
from central.devices import store
from rules.passes.limits import has_length
from rules.passes.seal import PUBLIC_KEY_BYTES

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
_OFFICE = "central"
"""The office's own name at the broker: a machine of that name would come in as the office."""


class DeviceKind(StrEnum):
    """What stands in the field. The values stand in the database and stay stable."""

    BUS = "bus"
    KIOSK = "kiosk"


class Registered(StrEnum):
    """What became of a registration."""

    NEW = "new"
    KNOWN = "known"
    """With this very key, and not revoked."""
    TAKEN = "taken"
    """The name belongs to another key, or to a revoked machine: choose another."""


def register_device(
    connection: Connection, device: str, kind: DeviceKind, signing_public: bytes
) -> Registered:
    """Let `device` speak. `signing_public` is its Ed25519 public key, 32 bytes.

    Raises ValueError for a name that cannot stand in a topic (small letters, digits and hyphens, at most 32), and for
    the office's own.
    """
    if not is_unit_name(device):
        message = f"a machine's name has small letters, digits and hyphens, at most 32, unlike {device!r}"
        raise ValueError(message)
    has_length("signing_public", signing_public, PUBLIC_KEY_BYTES)
    found = store.find_device(connection, device)
    if found is None:
        store.add_device(connection, store.Device(device, kind, signing_public, revoked=False))
        return Registered.NEW
    same = found.signing_key == signing_public and not found.revoked
    return Registered.KNOWN if same else Registered.TAKEN


def replace_device(connection: Connection, device: str, kind: DeviceKind, signing_public: bytes) -> bool:
    """Let `device` speak with this key from now on, whatever key it had, also if it was revoked.

    False, and nothing done, where the name is a machine's of another kind, or the key another machine's. Raises
    ValueError as `register_device`.
    """
    owner = store.device_by_key(connection, signing_public)
    found = store.find_device(connection, device)
    if owner not in (None, device) or (found is not None and found.kind != kind):
        return False
    if found is None:
        return register_device(connection, device, kind, signing_public) is Registered.NEW
    has_length("signing_public", signing_public, PUBLIC_KEY_BYTES)
    store.put_signing_key(connection, device, signing_public)
    return True


def is_unit_name(name: str) -> bool:
    """Whether a machine may be called so: small letters, digits and hyphens, at most 32, and not as the office."""
    return _NAME.fullmatch(name) is not None and name != _OFFICE


def revoke_device(connection: Connection, device: str) -> bool:
    """Whether there was such a machine. From the next message on, nothing of it is taken in."""
    return store.set_revoked(connection, device)
