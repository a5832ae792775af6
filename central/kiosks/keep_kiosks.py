"""Kiosks as the office keeps them: registered once, then said anew whenever something is to be different."""

from __future__ import annotations

from enum import StrEnum

from central.database.transaction import Connection
from central.devices.register_device import DeviceKind, Registered, register_device
from central.devices.store import find_device
from central.kiosks import store
from central.kiosks.kiosk import Kiosk
from central.programmes.keep_programmes import find_programme


class NotKept(StrEnum):
    """Why the office's wish about a kiosk is not met, in its own words."""

    NO_KEY = "この機器はまだありません。公開鍵を --key で示してください / unknown machine: give its public key by --key"
    NO_KIOSK = "この名前は別の種類の機器です / that name belongs to another kind of machine"
    KEY_TAKEN = "その名前には別の鍵があるか、失効しています / the name has another key, or was revoked"
    NUMBER_TAKEN = "その番号は別のキオスクのものです / that number is another kiosk's"
    THERE_ALREADY = (
        "もう登録されています。変えるときは set を使ってください / registered already: use set to change it"
    )
    UNKNOWN = "そのキオスクは登録されていません。list で確かめてください / no such kiosk: see list"
    NO_PROGRAMME = "その制度はありません。points programme list で確かめてください / no such programme"


def register_kiosk(
    connection: Connection, kiosk: Kiosk, key: bytes | None, said_by: str, now: int
) -> NotKept | None:
    """Let a machine give points. `key` is its Ed25519 public key, which only a new machine needs.

    Raises ValueError for a name or a key that cannot be.
    """
    device = find_device(connection, kiosk.device)
    if device is None and key is None:
        return NotKept.NO_KEY
    if device is not None and device.kind != DeviceKind.KIOSK:
        return NotKept.NO_KIOSK
    if store.kiosk_of(connection, kiosk.device) is not None:
        return NotKept.THERE_ALREADY
    if store.kiosk_numbered(connection, kiosk.number) is not None:
        return NotKept.NUMBER_TAKEN
    if find_programme(connection, kiosk.programme) is None:
        return NotKept.NO_PROGRAMME
    if key is not None:
        done = register_device(connection, kiosk.device, DeviceKind.KIOSK, key)
        if done is Registered.TAKEN:
            return NotKept.KEY_TAKEN
    store.add_kiosk(connection, kiosk, now)
    store.put_kiosk(connection, kiosk, said_by, now)
    return None


def change_kiosk(connection: Connection, kiosk: Kiosk, said_by: str, now: int) -> NotKept | None:
    """From now on the kiosk is this; its number stays."""
    before = store.kiosk_of(connection, kiosk.device)
    if before is None or before.number != kiosk.number:
        return NotKept.UNKNOWN
    if find_programme(connection, kiosk.programme) is None:
        return NotKept.NO_PROGRAMME
    if before != kiosk:
        store.put_kiosk(connection, kiosk, said_by, now)
    return None
