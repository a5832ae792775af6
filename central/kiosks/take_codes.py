"""What a kiosk tells of its codes: kept as facts, looked at for what is odd, and followed by what waits for it."""

from __future__ import annotations

from central.database.transaction import Connection
from central.devices.list_incident import Incident, What, list_incident
from central.japan import day_of, stamp_text
from central.kiosks import store
from central.kiosks.kiosk import Kiosk
from central.kiosks.store import Claim, CodeName, Made, State
from central.kiosks.weigh_claim import FUTURE_S, grant_number, kiosk_when_made, settle_claim, settle_waiting
from central.members.store import Standing, standing_of
from central.passes.store import holders_of
from central.points.grant_points import take_back_points
from rules.messages.events import CardPoints, OfferedBy, PointsOffered, PointsUndone, RecordRef
from rules.passes.limits import U32

AnyCodeEvent = PointsOffered | PointsUndone | CardPoints
NO_CODE = "番号か時刻がコードに入りません / a number or moment that no code can have"
NO_KIOSK = "キオスクとして登録されていません / not registered as a kiosk"
NO_VISIT = "区分とポイントが登録と合いません / the office knows that visit otherwise"
STOPPED = "会員が停止中か解約ずみです / the member's account is stopped or closed"
NOT_GIVEN = "ポイントをつけられません / the points cannot be given"


def take_code(connection: Connection, device: str, here: RecordRef, event: AnyCodeEvent, now: int) -> str:
    """Do what the record says; why not, in the office's words, if it cannot be done. The facts are kept all the same.

    `settle_pending` belongs after it.
    """
    if not (0 < event.number <= U32 and event.moment <= U32):
        return NO_CODE
    name = CodeName(device, event.number, event.moment)
    if isinstance(event, PointsUndone):
        _undo(connection, name, event, now)
        return ""
    known = event.at.wall_known
    moment = min(event.moment, now + FUTURE_S) if known else now
    # What counts that day, to list what differs from it; a card gets what a kiosk that was not told knew.
    kiosk = store.kiosk_of(connection, device, day_of(moment))
    before = store.find_code(connection, name)
    if before is not None:
        if not _is_same(before, event):
            _odd(connection, name, "別の内容 / told otherwise before", now)
        return ""
    _look(connection, kiosk, name, event, now)
    count = event.count if isinstance(event, PointsOffered) else 1
    made_at = event.moment if known else None
    made = Made(name, event.visit, count, event.points, made_at, settled=known)
    store.add_code(connection, made, here, event.at.boot)
    if kiosk is None:
        return NO_KIOSK
    return _by_card(connection, kiosk, name, event, now) if isinstance(event, CardPoints) else ""


def settle_pending(connection: Connection, device: str, boot: str, now: int) -> None:
    """Let claims that wait follow what is known now. `boot` is the power-on that the machine spoke of last."""
    store.settle_other_boots(connection, device, boot)
    settle_waiting(connection, now)


def _undo(connection: Connection, name: CodeName, event: PointsUndone, now: int) -> None:
    if not store.add_undone(connection, name, event.staff, now):
        return
    for claim in store.claims_of(connection, name, State.GIVEN):
        assert claim.place is not None, "what is given has a place"
        is_back = take_back_points(connection, name.device, grant_number(name, claim.place), now)
        if is_back:
            store.put_state(connection, claim.id, State.UNDONE, place=claim.place)
        how = "引き戻し / taken back" if is_back else "使用ずみ / used"
        detail = f"{name.number} ({name.moment}): {claim.member} {claim.points} {how}"
        list_incident(connection, Incident(name.device, What.CODE_UNDONE, detail), now)


def _by_card(connection: Connection, kiosk: Kiosk, name: CodeName, event: CardPoints, now: int) -> str:
    """Give the points to the card's member. A card that was reported lost may be shown: the points are its member's."""
    moment = event.moment if event.at.wall_known else None
    then = kiosk_when_made(connection, name.device, event.visit, event.points, moment, now)
    if then is None or not then.gives(event.visit, event.points):
        return NO_VISIT
    holder = holders_of(connection, [event.pass_id]).get(event.pass_id)
    if holder is None:
        detail = f"{event.pass_id[:16]}: {name.number}"
        list_incident(connection, Incident(name.device, What.CARD_STRANGE, detail), now)
        return ""
    if standing_of(connection, holder.member) is Standing.CLOSED:
        return STOPPED
    asked_at = min(event.moment, now) if event.at.wall_known else now
    claim = Claim(
        name,
        event.at.wall_known,
        holder.member,
        by_card=True,
        programme=kiosk.programme,
        visit=event.visit,
        count=1,
        points=event.points,
        asked_at=asked_at,
        day=day_of(asked_at).isoformat(),
    )
    store.add_claim(connection, claim)
    kept = store.find_claim(connection, name, holder.member)
    assert kept is not None
    if settle_claim(connection, kept, now) is State.REFUSED:
        refused = store.find_claim(connection, name, holder.member)
        return f"{NOT_GIVEN}: {refused.why if refused else ''}"
    return ""


def _look(
    connection: Connection, kiosk: Kiosk | None, name: CodeName, event: PointsOffered | CardPoints, now: int
) -> None:
    """List what somebody has to look at; it changes nothing else."""
    last = store.last_code(connection, name.device)
    highest = last.number if last else 0
    if name.number > highest + 1:
        gap = f"{highest + 1}–{name.number - 1}" if name.number > highest + 2 else f"{highest + 1}"
        list_incident(connection, Incident(name.device, What.CODE_GAP, gap), now)
    if name.number <= highest:
        detail = f"{name.number} ({name.moment}): 二度目 / a second time"
        list_incident(connection, Incident(name.device, What.CODE_GAP, detail), now)
    if kiosk is not None and not kiosk.gives(event.visit, event.points):
        _odd(connection, name, f"区分 / visit {event.visit} = {event.points}", now)
    if event.at.wall_known:
        _look_at_time(connection, kiosk, name, event, last, now)


def _look_at_time(
    connection: Connection,
    kiosk: Kiosk | None,
    name: CodeName,
    event: PointsOffered | CardPoints,
    last: CodeName | None,
    now: int,
) -> None:
    when = stamp_text(event.moment)
    by_staff = isinstance(event, PointsOffered) and event.by is OfferedBy.STAFF
    if event.moment > now + FUTURE_S:
        _odd(connection, name, f"{when} 先の時刻 / in the future", now)
    elif kiosk is not None and not by_staff and not kiosk.is_open_at(event.moment):
        _odd(connection, name, f"{when} 営業時間外 / outside opening hours", now)
    if last is not None and last.number < name.number and event.moment < last.moment - FUTURE_S:
        _odd(connection, name, f"{when} 前の番号より早い / before the number before it", now)


def _odd(connection: Connection, name: CodeName, why: str, now: int) -> None:
    detail = f"{name.number} ({name.moment}): {why}"
    list_incident(connection, Incident(name.device, What.CODE_ODD, detail), now)


def _is_same(made: Made, event: PointsOffered | CardPoints) -> bool:
    count = event.count if isinstance(event, PointsOffered) else 1
    return (made.visit, made.count, made.points) == (event.visit, count, event.points)
