"""What the office's page of machines and their certificates shows, in its words."""

from __future__ import annotations

from dataclasses import dataclass

from central.database.transaction import Connection
from central.devices.register_device import DeviceKind
from central.devices.store import Device, all_devices, heard_at
from central.enrolment import store
from central.enrolment.authority import DAY_S, LIFE_DAYS, LIST_ALARM_DAYS, RENEWED_AFTER_DAYS, Authority
from central.enrolment.store import Certificate
from central.japan import clock_text, day_of, span_text, stamp_text
from central.words.say_event import Tone
from central.words.words import Words
from rules.messages.enrolment import CODE_LIFE_S

RENEWED_LATE_DAYS = LIFE_DAYS - RENEWED_AFTER_DAYS - 5
"""With fewer left a machine has tried to renew for five days, and has not got through."""
AUTHORITY_ALARM_DAYS = 365
AUTHORITY_ENDS: Words = (
    "認証局の期限が近いか、切れています。保守担当に連絡してください。",
    "The authority ends soon, or has ended: call whoever maintains the server.",
)
LIST_OLD: Words = (
    "失効リストが古いままです。切れるとどの端末もつながりません。サーバーが動き、保存先に書けるかを確かめてください。",
    "The list of withdrawn certificates is old; once it ends, no machine can connect. See that the server can write.",
)
KINDS: dict[str, Words] = {DeviceKind.BUS: ("バス", "bus"), DeviceKind.KIOSK: ("キオスク", "kiosk")}
_HOW: dict[str, Words] = {"enrolled": ("登録", "enrolled"), "renewed": ("更新", "renewed")}


@dataclass(frozen=True, slots=True)
class UnitLine:
    """A machine: how it stands, its newest certificate, and when it was last heard."""

    unit: str
    kind: Words
    state: Words
    tone: Tone
    heard: str
    ago: str
    serial: str
    until: str
    days_left: int | None
    how: Words
    issued: str
    ended: str
    ended_by: str
    revoked: bool


@dataclass(frozen=True, slots=True)
class WaitingCode:
    """A code that nobody has used yet, without its letters."""

    unit: str
    kind: Words
    made_by: str
    until: str


@dataclass(frozen=True, slots=True)
class Standing:
    """The authority: its fingerprint, until when it is good, and what must be done about it; empty for nothing."""

    fingerprint: str
    until: str
    listed: str
    alarms: tuple[Words, ...]


def unit_lines(connection: Connection, now: int) -> list[UnitLine]:
    """Every machine, by name."""
    return [_line(connection, each, now) for each in all_devices(connection)]


def waiting_codes(connection: Connection, now: int) -> list[WaitingCode]:
    """Codes that can still be used, the newest first."""
    return [
        WaitingCode(
            each.unit,
            KINDS[each.kind],
            _name(each.made_by),
            clock_text(each.made_at + CODE_LIFE_S, day_of(now)),
        )
        for each in store.codes_since(connection, now - CODE_LIFE_S)
        if each.used_at is None
    ]


def standing(authority: Authority, now: int) -> Standing:
    """How the authority and its list of withdrawn certificates stand."""
    listed = authority.read_list()
    alarms: list[Words] = []
    if authority.ends - now < AUTHORITY_ALARM_DAYS * DAY_S:
        alarms.append(AUTHORITY_ENDS)
    if listed is None or listed.ends - now <= LIST_ALARM_DAYS * DAY_S:
        alarms.append(LIST_OLD)
    return Standing(
        authority.fingerprint,
        stamp_text(authority.ends),
        stamp_text(listed.made_at) if listed else "",
        tuple(alarms),
    )


def _line(connection: Connection, device: Device, now: int) -> UnitLine:
    found = store.certificates_of(connection, device.device)
    newest = found[0] if found else None
    heard = heard_at(connection, device.device)
    state, tone = _state(device, newest, now)
    return UnitLine(
        unit=device.device,
        kind=KINDS.get(device.kind, (device.kind, device.kind)),
        state=state,
        tone=tone,
        heard=clock_text(heard, day_of(now)),
        ago="" if heard is None else span_text(now - heard),
        serial=newest.serial if newest else "",
        until=stamp_text(newest.ends)[:-3] if newest else "",
        days_left=None if newest is None else max(0, newest.ends - now) // DAY_S,
        how=_HOW[newest.how] if newest else ("", ""),
        issued=stamp_text(newest.issued_at)[:-3] if newest else "",
        ended=stamp_text(newest.revoked_at)[:-3] if newest else "",
        ended_by=_name(newest.revoked_by or "") if newest else "",
        revoked=device.revoked,
    )


def _state(device: Device, newest: Certificate | None, now: int) -> tuple[Words, Tone]:
    if device.revoked:
        return ("失効", "revoked"), Tone.BAD
    if newest is None:
        return ("証明書なし", "no certificate"), Tone.PLAIN
    if newest.ends <= now:
        return ("期限切れ", "expired"), Tone.BAD
    if newest.ends - now < RENEWED_LATE_DAYS * DAY_S:
        return ("更新が遅れています", "renewal late"), Tone.WARN
    return ("有効", "good"), Tone.GOOD


def _name(who: str) -> str:
    """Without what the audit log puts before it."""
    return who.removeprefix("staff:")
