"""What the office's page of kiosks shows, in its words."""

from __future__ import annotations

from dataclasses import dataclass

from central.database.transaction import Connection
from central.devices.list_incident import What
from central.devices.store import find_device, heard_at
from central.devices.watermark.store import last_health
from central.japan import clock_text, day_of, seconds_of, span_text
from central.kiosks import store
from central.kiosks.kiosk import DAY_MINUTES, Kiosk
from central.kiosks.store import Claim, State
from central.kiosks.weigh_claim import NotClaimed, waits_for_record
from central.members.store import find_profile
from central.programmes.keep_programmes import find_programme
from central.words.say_event import Tone
from central.words.words import CLOCKS, Words, words_for
from rules.instant import ClockQuality
from rules.messages.codec import Malformed, decode
from rules.messages.link import Health

SILENT_AFTER_S = 90
"""As on the page of today: three keep-alives of the link."""
MOST_LISTED = 10
MOST_WAITING = 200
LISTED: dict[str, Words] = {
    What.CODE_GAP: ("番号の飛び", "numbers missing"),
    What.CODE_ODD: ("時刻・区分", "odd time or visit"),
    What.CODE_AGAIN: ("使用ずみ", "used again"),
    What.CODE_UNDONE: ("受け取り後の取消", "undone after a claim"),
    What.CARD_STRANGE: ("未知のカード", "unknown card"),
}


@dataclass(frozen=True, slots=True)
class VisitLine:
    """Today's numbers of one kind of visit: codes and cards made and taken back; claims by how they stand; points."""

    name: Words
    worth: int
    codes: int
    undone: int
    given: int
    waiting: int
    points: int


@dataclass(frozen=True, slots=True)
class ListedLine:
    """Something odd, of a number or a time; `times` above 1 if it went on."""

    name: Words
    detail: str
    at: str
    times: int


@dataclass(frozen=True, slots=True)
class KioskLine:
    """A kiosk as it stands. Cells of `said` are (label, text, whether somebody has to act)."""

    kiosk: Kiosk
    programme: str
    state: Words
    tone: Tone
    heard: str
    ago: str
    said: tuple[tuple[Words, str, bool], ...]
    hours: str
    visits: tuple[VisitLine, ...]
    total: VisitLine
    undated: int
    listed: tuple[ListedLine, ...]


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """A claim, and what may be done where it has no points; `age` since it was asked for."""

    claim: Claim
    name: str
    place: Words
    visit: Words
    asked: str
    age: str
    is_refused: bool
    can_decide: bool


def kiosk_line(connection: Connection, kiosk: Kiosk, now: int) -> KioskLine:
    """One kiosk at Unix second `now`."""
    today = day_of(now)
    heard = heard_at(connection, kiosk.device)
    said = _health(connection, kiosk.device)
    state, tone = _presence(connection, kiosk.device, heard, said, now)
    kept = find_programme(connection, kiosk.programme, today)
    visits = _visits(connection, kiosk, now)
    sums = (sum(getattr(each, name) for each in visits) for name in VisitLine.__slots__[2:])
    found = store.newest_incidents(connection, kiosk.device, list(LISTED), MOST_LISTED)
    return KioskLine(
        kiosk,
        kept.programme.title_ja if kept else kiosk.programme,
        state,
        tone,
        clock_text(heard, today, seconds=True),
        span_text(now - heard) if heard is not None else "",
        _cells(said, now) if said is not None and said.online else (),
        _hours(kiosk),
        visits,
        VisitLine(("合計", "total"), 0, *sums),
        store.count_undated(connection, kiosk.device),
        tuple(
            ListedLine(LISTED[each.what], each.detail, clock_text(each.last_at, today), each.times)
            for each in found
        ),
    )


def waiting_lines(connection: Connection, now: int) -> list[WaitingLine]:
    """Every claim that waits, or that staff have refused without the kiosk's record; oldest first."""
    kiosks = {each.device: each for each in store.all_kiosks(connection, day_of(now))}
    claims = store.pending_claims(connection) + store.refused_claims(connection, NotClaimed.BY_STAFF)
    return [_waiting(connection, kiosks, claim, now) for claim in sorted(claims, key=lambda claim: claim.id)]


def claim_line(connection: Connection, claim_id: int, now: int) -> WaitingLine | None:
    """The claim of that number, however it stands; None where there is none."""
    claim = store.claim_numbered(connection, claim_id)
    if claim is None:
        return None
    kiosks = {each.device: each for each in store.all_kiosks(connection, day_of(now))}
    return _waiting(connection, kiosks, claim, now)


def _waiting(connection: Connection, kiosks: dict[str, Kiosk], claim: Claim, now: int) -> WaitingLine:
    kiosk, profile = kiosks.get(claim.name.device), find_profile(connection, claim.member)
    names = {each.id: (each.ja, each.en) for each in kiosk.visits} if kiosk else {}
    is_refused = claim.state is State.REFUSED and claim.why == NotClaimed.BY_STAFF
    return WaitingLine(
        claim,
        profile.name if profile else "",
        (kiosk.place_ja, kiosk.place_en) if kiosk else (claim.name.device, ""),
        names.get(claim.visit, (str(claim.visit), "")),
        clock_text(claim.asked_at, day_of(now)),
        span_text(now - claim.asked_at),
        is_refused,
        (is_refused or claim.state is State.PENDING) and waits_for_record(connection, claim),
    )


def _health(connection: Connection, device: str) -> Health | None:
    body = last_health(connection, device)
    if body is None:
        return None
    try:
        return decode(body, Health)
    except Malformed:
        return None


def _presence(
    connection: Connection, device: str, heard: int | None, said: Health | None, now: int
) -> tuple[Words, Tone]:
    kept = find_device(connection, device)
    if kept is None or kept.revoked:
        return ("失効", "revoked"), Tone.PLAIN
    if said is None or heard is None:
        return ("未接続", "never heard"), Tone.WARN
    if not said.online:
        return ("切断", "offline"), Tone.BAD
    if now - heard > SILENT_AFTER_S:
        return ("応答なし", "silent"), Tone.WARN
    return ("接続中", "online"), Tone.GOOD


def _cells(said: Health, now: int) -> tuple[tuple[Words, str, bool], ...]:
    since = f"・{span_text(now - said.oldest_queued_wall)}" if said.queue and said.oldest_queued_wall else ""
    return (
        (("時計", "clock"), words_for(CLOCKS, said.clock)[0], said.clock < ClockQuality.NETWORK),
        (("未送信", "unsent"), f"{said.queue:,}件{since}", said.queue > 0),
        (("カメラ", "camera"), said.camera.partition(" / ")[0] or "良好", bool(said.camera)),
        (("画面", "page"), "応答なし" if said.page else "良好", bool(said.page)),
        (("版", "version"), said.version, False),
    )


def _visits(connection: Connection, kiosk: Kiosk, now: int) -> tuple[VisitLine, ...]:
    today = day_of(now)
    codes = store.codes_of_visits(connection, kiosk.device, *seconds_of(today))
    claims = store.claims_of_visits(connection, kiosk.device, today.isoformat())
    known = {each.id: ((each.ja, each.en), each.points) for each in kiosk.visits}
    others = sorted({*codes, *(visit for visit, _ in claims)} - set(known))
    lines = []
    for visit in [*known, *others]:
        # A visit of today that was taken out of the list since.
        name, worth = known.get(visit, ((f"{visit}番", f"no. {visit}"), 0))
        made, undone = codes.get(visit, (0, 0))
        given, points = claims.get((visit, State.GIVEN), (0, 0))
        waiting, _ = claims.get((visit, State.PENDING), (0, 0))
        lines.append(VisitLine(name, worth, made, undone, given, waiting, points))
    return tuple(lines)


def _hours(kiosk: Kiosk) -> str:
    if (kiosk.opens, kiosk.closes) == (0, DAY_MINUTES):
        return "終日"
    return f"{kiosk.opens // 60}:{kiosk.opens % 60:02}–{kiosk.closes // 60}:{kiosk.closes % 60:02}"
