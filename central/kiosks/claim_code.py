"""Claiming: a member opens a kiosk's code, and the points are theirs, once."""

from __future__ import annotations

from dataclasses import dataclass, replace

from central.database.transaction import Connection
from central.devices.list_incident import Incident, What, list_incident
from central.devices.store import find_device
from central.japan import day_of
from central.kiosks import store
from central.kiosks.kiosk import Kiosk
from central.kiosks.store import Claim, CodeName, State
from central.kiosks.weigh_claim import NotClaimed, kiosk_when_made, settle_claim, tell_kiosk
from central.members.store import Standing, standing_of
from rules.passes.point_code import PointCode, read_text


@dataclass(frozen=True, slots=True)
class Claimed:
    """The points are there, or, where `state` is PENDING, will be once the kiosk has told of the code."""

    state: State
    points: int
    place_ja: str
    place_en: str


def claim_code(connection: Connection, text: str, member: str, now: int) -> Claimed | NotClaimed:
    """The points of the code behind the address's # for that member; asked again, the same answer.

    What is refused leaves nothing behind but what the office has to see.
    """
    signed = read_text(text)
    if signed is None:
        return NotClaimed.NOT_A_CODE
    code = signed.code
    named = store.device_numbered(connection, code.kiosk)
    device = None if named is None else find_device(connection, named)
    kiosk = None if named is None else _kiosk_of(connection, named, code, now)
    if kiosk is None or device is None or device.revoked:
        return NotClaimed.UNKNOWN_KIOSK
    if not signed.is_by(device.signing_key):
        return NotClaimed.NOT_A_CODE
    name = CodeName(kiosk.device, code.number, code.moment)
    before = store.find_claim(connection, name, member)
    if before is not None and before.state is State.UNDONE:
        return NotClaimed.TAKEN_BACK
    if before is not None and before.why == NotClaimed.BY_STAFF:
        return NotClaimed.BY_STAFF
    if before is not None and before.state is not State.REFUSED:
        return _claimed(kiosk, before, before.state)
    refused = _why_not(connection, kiosk, code, member, now)
    if refused is not None:
        return refused
    if before is not None:
        # What was against it may be so no more, as on another day; it now comes after those that came meanwhile.
        store.drop_claim(connection, before)
    return _settle(connection, kiosk, _claim(kiosk, code, name, member, now), now)


def _kiosk_of(connection: Connection, device: str, code: PointCode, now: int) -> Kiosk | None:
    moment = code.moment if code.knows_its_moment else None
    return kiosk_when_made(connection, device, code.visit, code.points, moment, now)


def _why_not(
    connection: Connection, kiosk: Kiosk, code: PointCode, member: str, now: int
) -> NotClaimed | None:
    if standing_of(connection, member) is not Standing.GOOD:
        return NotClaimed.STOPPED
    if not kiosk.gives(code.visit, code.points):
        detail = f"{code.number} ({code.moment}): {code.visit} = {code.points}"
        list_incident(connection, Incident(kiosk.device, What.CODE_ODD, detail), now)
        return NotClaimed.WRONG_POINTS
    return None


def _claim(kiosk: Kiosk, code: PointCode, name: CodeName, member: str, now: int) -> Claim:
    return Claim(
        name,
        code.knows_its_moment,
        member,
        by_card=False,
        programme=kiosk.programme,
        visit=code.visit,
        count=code.count,
        points=code.points,
        asked_at=now,
        day=day_of(now).isoformat(),
    )


def _settle(connection: Connection, kiosk: Kiosk, new: Claim, now: int) -> Claimed | NotClaimed:
    claim = replace(new, id=store.add_claim(connection, new))
    state = settle_claim(connection, claim, now)
    if state is State.REFUSED:
        refused = store.find_claim(connection, claim.name, claim.member)
        assert refused is not None
        store.drop_claim(connection, claim)
        return NotClaimed(refused.why)
    tell_kiosk(connection, claim)
    return _claimed(kiosk, claim, state)


def _claimed(kiosk: Kiosk, claim: Claim, state: State) -> Claimed:
    return Claimed(state, claim.points, kiosk.place_ja, kiosk.place_en)
