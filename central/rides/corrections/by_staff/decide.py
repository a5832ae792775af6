"""A clerk sets a ride right; what is large waits for a second person, who approves or refuses it."""

from __future__ import annotations

from enum import StrEnum

from central.audit.write_down import write_down
from central.database.transaction import Connection
from central.rides.corrections import store as corrections
from central.rides.corrections.by_staff import store
from central.rides.corrections.by_staff.reckon import due_by, in_force, put_in_force, reckon
from central.rides.corrections.by_staff.rows import (
    DAYS_TO_DECIDE,
    MAX_NOTE,
    SECOND_PERSON_ABOVE,
    Facts,
    Kind,
    Preview,
    Said,
    SetRight,
    Stands,
)
from central.rides.corrections.rows import BookedRide


class NotSet(StrEnum):
    """Why a word of staff changes nothing."""

    GONE = "その乗車か訂正はありません / there is no such ride or correction"
    NO_FARE = "この内容では運賃が決まりません / that has no fare"
    SAME = "この乗車はもうその内容です / the ride is charged so already"
    CHANGED = (
        "見たあとで内容が変わりました。いまの金額を確かめて、もう一度押してください / "
        "it has changed since you looked: look at the sums again, then press once more"
    )
    WAITS = "この乗車には決裁待ちの訂正があります / a correction of this ride waits for approval already"
    OWN = "自分が頼んだ訂正は、ほかの人が決裁します / somebody else decides what you have asked for"
    NOT_YOURS = "取り下げられるのは頼んだ人だけです / only who asked can withdraw it"
    DECIDED = "先に決まりました / it has been decided already"
    EXPIRED = (
        f"{DAYS_TO_DECIDE}日のあいだ決まらず、期限が切れました / nobody decided within {DAYS_TO_DECIDE} days"
    )
    NO_WORD = "断る理由を書いてください / say why you refuse"


def needs_second(was: Facts, preview: Preview) -> bool:
    """Whether a second person has to approve: a large difference, and whatever makes a ride void or unmakes that."""
    return abs(preview.after - preview.before) > SECOND_PERSON_ABOVE or preview.facts.void or was.void


def facts_before(connection: Connection, ride: BookedRide) -> Facts | None:
    """What held before staff's last word, for taking it back; None where they said nothing, or took it back."""
    said = [each for each in store.of_ride(connection, ride.id) if each.state is Stands.APPLIED]
    return said[-1].facts_from if said and said[-1].kind is not Kind.BACK else None


def ask(connection: Connection, ride_id: int, wanted: Said, seen: str, now: int) -> SetRight | NotSet:
    """Set a ride right as was looked at, `seen` the preview's fingerprint; it holds at once or waits."""
    ride = corrections.ride_with_id(connection, ride_id)
    if ride is None:
        return NotSet.GONE
    if any(each.stands(now) is Stands.WAITING for each in store.of_ride(connection, ride_id)):
        return NotSet.WAITS
    preview, was = reckon(connection, ride, wanted.facts, now), in_force(connection, ride)
    if preview is None:
        return NotSet.NO_FARE
    if wanted.facts == was:
        return NotSet.SAME
    if preview.seen != seen:
        return NotSet.CHANGED
    number = store.add(connection, ride, wanted, was, preview, now)
    waits = needs_second(was, preview)
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
    ride = corrections.ride_with_id(connection, said.ride)
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


def _apply(connection: Connection, ride: BookedRide, number: int, facts: Facts, staff: str, now: int) -> None:
    due = due_by(connection, ride, facts)
    assert due is not None, "it was reckoned"
    seq = put_in_force(connection, ride, facts, due, now)
    store.put_state(connection, number, Stands.APPLIED, staff, "", now, seq)


def _written(connection: Connection, said: SetRight, what: str, by: str, now: int, word: str = "") -> None:
    detail: dict[str, str | int] = {
        "kind": said.kind.value,
        "why": said.why.value,
        "note": said.note,
        "from-yen": said.fare_from,
        "to-yen": said.fare_to,
        "word": word,
    }
    write_down(connection, f"staff:{by}", what, f"ride:{said.ride}", detail, now)
