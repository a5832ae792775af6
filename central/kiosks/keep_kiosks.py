"""Kiosks as the office keeps them: registered once, then said anew whenever something is to be different."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from central.database.transaction import Connection
from central.devices.down_log import append
from central.devices.register_device import DeviceKind, Registered, register_device
from central.devices.store import find_device
from central.japan import FIRST_DAY, LAST_DAY, day_of
from central.kiosks import store
from central.kiosks.kiosk import Kiosk
from central.kiosks.store import KioskChange
from central.programmes.keep_programmes import find_programme
from rules.messages.link import KioskSet, KioskTerm, KioskVisit

FURTHEST = timedelta(days=731)
"""Further ahead is a slip of the pen."""
MAX_WHY = 200


class NotKept(StrEnum):
    """Why the office's wish about a kiosk is not met, in its own words."""

    NO_KEY = "この機器はまだありません。公開鍵を --key で示してください / unknown machine: give its public key by --key"
    NO_KIOSK = "この名前は別の種類の機器です / that name belongs to another kind of machine"
    KEY_TAKEN = "その名前には別の鍵があるか、失効しています / the name has another key, or was revoked"
    NUMBER_TAKEN = "その番号は別のキオスクのものです / that number is another kiosk's"
    THERE_ALREADY = (
        "もう登録されています。変えるときは set を使ってください / registered already: use set to change it"
    )
    NOT_AHEAD = "今日とその前は変えられません。あした以降の日にしてください / today and before stay: choose a later day"
    TOO_FAR = "2年より先の日です。年を確かめてください / more than two years ahead: check the year"
    NO_WHY = "理由を200字までで書いてください / write why, in at most 200 characters"
    SAME = "変わるところがありません / nothing would change"
    BEGUN = "もう始まっています。あした以降の変更を加えてください / it holds already: add a change from tomorrow on"
    GONE = "その変更はないか、もう取り消されています / there is no such change, or it is withdrawn already"
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
    if store.kiosk_of(connection, kiosk.device, LAST_DAY) is not None:
        return NotKept.THERE_ALREADY
    if store.device_numbered(connection, kiosk.number) is not None:
        return NotKept.NUMBER_TAKEN
    if find_programme(connection, kiosk.programme, day_of(now)) is None:
        return NotKept.NO_PROGRAMME
    if key is not None:
        done = register_device(connection, kiosk.device, DeviceKind.KIOSK, key)
        if done is Registered.TAKEN:
            return NotKept.KEY_TAKEN
    store.add_kiosk(connection, kiosk, now)
    store.put_kiosk(connection, kiosk, said_by, now)
    return None


@dataclass(frozen=True, slots=True)
class KioskWanted:
    """From `from_day` on the kiosk is to be this, says `said_by`, because of `why`."""

    kiosk: Kiosk
    from_day: date
    why: str
    said_by: str


def look_at_change(connection: Connection, wanted: KioskWanted, now: int) -> NotKept | None:
    """Why `change_kiosk` would not do it. A day that has begun stays as it was: its codes are out already."""
    before = store.kiosk_of(connection, wanted.kiosk.device, wanted.from_day)
    today = day_of(now)
    if before is None or before.number != wanted.kiosk.number:
        return NotKept.UNKNOWN
    if find_programme(connection, wanted.kiosk.programme, wanted.from_day) is None:
        return NotKept.NO_PROGRAMME
    if wanted.from_day <= today:
        return NotKept.NOT_AHEAD
    if wanted.from_day > today + FURTHEST:
        return NotKept.TOO_FAR
    if not 0 < len(wanted.why.strip()) <= MAX_WHY:
        return NotKept.NO_WHY
    return NotKept.SAME if before == wanted.kiosk else None


def change_kiosk(connection: Connection, wanted: KioskWanted, now: int) -> NotKept | None:
    """From its day on the kiosk is this; its number stays. The machine is told."""
    refused = look_at_change(connection, wanted, now)
    if refused is None:
        store.put_kiosk(connection, wanted.kiosk, wanted.said_by, now, wanted.from_day, wanted.why.strip())
        tell_settings(connection, wanted.kiosk.device, now)
    return refused


def withdraw_change(
    connection: Connection, device: str, change_id: int, why: str, said_by: str, now: int
) -> NotKept | None:
    """Take back a change whose day has not come. The machine is told."""
    found = {each.id: each for each in store.kiosk_changes_of(connection, device)}.get(change_id)
    if found is None or found.withdrawn is not None:
        return NotKept.GONE
    if found.from_day <= day_of(now):
        return NotKept.BEGUN
    if not 0 < len(why.strip()) <= MAX_WHY:
        return NotKept.NO_WHY
    store.put_withdrawn(connection, change_id, why.strip(), said_by, now)
    tell_settings(connection, device, now)
    return None


def tell_settings(connection: Connection, device: str, now: int) -> None:
    """To the machines' list: what the kiosk is today and from which days on something else.

    What it was registered with is not said: that stands in the machine's own file.
    """
    today = day_of(now)
    counting = [each for each in store.kiosk_changes_of(connection, device) if each.withdrawn is None]
    begun = [each for each in counting if each.from_day <= today]
    holding = max(reversed(begun), key=lambda each: each.from_day, default=None)
    terms = [
        _term(each)
        for each in counting
        if each.from_day > FIRST_DAY and (each.from_day > today or each is holding)
    ]
    append(connection, KioskSet(device, terms))


def _term(change: KioskChange) -> KioskTerm:
    kiosk = change.kiosk
    visits = [KioskVisit(each.id, each.ja, each.en, each.points, each.kana) for each in kiosk.visits]
    return KioskTerm(change.from_day.isoformat(), visits, kiosk.opens, kiosk.closes, kiosk.valid_hours)
