"""A clerk sets a ride right; what is large waits for a second person, who approves or refuses it."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum

from central.audit.write_down import write_down
from central.database.transaction import Connection
from central.japan import day_of
from central.office_rules.in_force import rule_in_force
from central.rides.corrections.by_staff import store
from central.rides.corrections.by_staff.find_ride import find_ride
from central.rides.corrections.by_staff.reckon import reckon
from central.rides.corrections.by_staff.rows import (
    MAX_NOTE,
    Facts,
    Kind,
    Preview,
    Said,
    SetRight,
    Stands,
)
from central.rides.corrections.by_staff.settable import Settable

_DAY_S = 86_400


class NotSet(StrEnum):
    """Why a word of staff changes nothing."""

    GONE = "その乗車か訂正はありません / there is no such ride or correction"
    NO_FARE = "この内容では運賃が決まりません / that has no fare"
    SAME = "この乗車はもうその内容です / the ride is charged so already"
    CHANGED = (
        "見たあとで内容が変わりました。いまの金額を確かめて、もう一度押してください / "
        "it has changed since you looked: look at the sums again, then press once more"
    )
    OPEN = "まだ降りていない乗車です。取り消しだけできます / nobody has alighted yet: it can be made void, no more"
    WAITS = "この乗車には決裁待ちの訂正があります / a correction of this ride waits for approval already"
    OWN = "自分が頼んだ訂正は、ほかの人が決裁します / somebody else decides what you have asked for"
    NOT_YOURS = "取り下げられるのは頼んだ人だけです / only who asked can withdraw it"
    DECIDED = "先に決まりました / it has been decided already"
    EXPIRED = "決裁の日数を過ぎ、期限が切れました / nobody decided in time"
    NO_WORD = "断る理由を書いてください / say why you refuse"


def second_person_above(connection: Connection, now: int) -> int:
    """A difference of more yen than this is for a second person to approve."""
    return rule_in_force(connection, "corrections.second_person_yen", day_of(now))


def needs_second(connection: Connection, was: Facts, preview: Preview, now: int) -> bool:
    """Whether a second person has to approve: a large difference, and whatever makes a ride void or unmakes that."""
    is_large = abs(preview.after - preview.before) > second_person_above(connection, now)
    return is_large or preview.facts.void or was.void


def facts_before(connection: Connection, ride: Settable) -> Facts | None:
    """What held before the last word of staff that is not taken back yet; None where there is none.

    Its stops only where it named them, and no record has taken their place since.
    """
    standing: list[SetRight] = []
    for each in store.applied(connection, ride.of, ride.id):
        if each.kind is not Kind.BACK:
            standing.append(each)
        elif standing:
            standing.pop()
    if not standing:
        return None
    last, stops = standing[-1], ride.in_force(connection).stops
    named = last.kind is Kind.STOPS and last.facts_to.stops.are_same(stops)
    return last.facts_from if named else replace(last.facts_from, stops=stops)


def ask(connection: Connection, ride: Settable, wanted: Said, seen: str, now: int) -> SetRight | NotSet:
    """Set a ride right as was looked at, `seen` the preview's fingerprint; it holds at once or waits."""
    if any(each.stands(now) is Stands.WAITING for each in store.of_ride(connection, ride.of, ride.id)):
        return NotSet.WAITS
    if not ride.is_ended and wanted.kind not in (Kind.VOID, Kind.BACK):
        return NotSet.OPEN
    preview, was = reckon(connection, ride, wanted.facts, now), ride.in_force(connection)
    if preview is None:
        return NotSet.NO_FARE
    if wanted.facts == was:
        return NotSet.SAME
    if preview.seen != seen:
        return NotSet.CHANGED
    number = store.add(connection, ride, wanted, was, preview, now, _decide_by(connection, now))
    waits = needs_second(connection, was, preview, now)
    if waits:
        store.put_state(connection, number, Stands.WAITING, wanted.by, "", now)
    else:
        _apply(connection, ride, number, wanted.facts, wanted.by, now)
    said = store.find(connection, number)
    assert said is not None, "it was added"
    _written(connection, said, "ride-asked" if waits else "ride-corrected", wanted.by, now)
    return said


def approve(connection: Connection, number: int, seen: str, staff: str, now: int) -> NotSet | None:
    """A second person lets it hold; why not, if it cannot be. `seen` is the fingerprint of what they looked at."""
    said = _waiting(connection, number, now)
    if isinstance(said, NotSet):
        return said
    if said.asked_by == staff:
        return NotSet.OWN
    ride = find_ride(connection, said.of, said.ride, said.board)
    preview = reckon(connection, ride, said.facts_to, now) if ride else None
    if ride is None or preview is None:
        return NotSet.NO_FARE
    if preview.seen != seen:
        return NotSet.CHANGED
    _apply(connection, ride, number, said.facts_to, staff, now)
    _written(connection, said, "ride-approved", staff, now)
    return None


def refuse(connection: Connection, number: int, word: str, staff: str, now: int) -> NotSet | None:
    """A second person leaves the ride as it is, and says why."""
    said = _waiting(connection, number, now)
    if isinstance(said, NotSet):
        return said
    if said.asked_by == staff:
        return NotSet.OWN
    if not word:
        return NotSet.NO_WORD
    store.put_state(connection, number, Stands.REFUSED, staff, word[:MAX_NOTE], now)
    _written(connection, said, "ride-refused", staff, now, word[:MAX_NOTE])
    return None


def withdraw(connection: Connection, number: int, staff: str, now: int) -> NotSet | None:
    """Whoever asked thinks better of it."""
    said = _waiting(connection, number, now)
    if isinstance(said, NotSet):
        return said
    if said.asked_by != staff:
        return NotSet.NOT_YOURS
    store.put_state(connection, number, Stands.WITHDRAWN, staff, "", now)
    _written(connection, said, "ride-withdrawn", staff, now)
    return None


def _waiting(connection: Connection, number: int, now: int) -> SetRight | NotSet:
    said = store.find(connection, number)
    if said is None:
        return NotSet.GONE
    match said.stands(now):
        case Stands.WAITING:
            return said
        case Stands.EXPIRED:
            return NotSet.EXPIRED
        case _:
            return NotSet.DECIDED


def _decide_by(connection: Connection, now: int) -> int:
    """Until when what is asked for at Unix second `now` may wait: later changes of the rule leave it alone."""
    return now + rule_in_force(connection, "corrections.days_to_decide", day_of(now)) * _DAY_S


def _apply(connection: Connection, ride: Settable, number: int, facts: Facts, staff: str, now: int) -> None:
    seq = ride.put_in_force(connection, facts, now)
    assert seq is not None, "it was reckoned"
    store.put_state(connection, number, Stands.APPLIED, staff, "", now, seq or None)


def _written(connection: Connection, said: SetRight, what: str, by: str, now: int, word: str = "") -> None:
    detail: dict[str, str | int] = {
        "kind": said.kind.value,
        "why": said.why.value,
        "note": said.note,
        "from-yen": said.fare_from,
        "to-yen": said.fare_to,
        "word": word,
    }
    write_down(connection, f"staff:{by}", what, f"{said.of.audited}:{said.ride}", detail, now)
