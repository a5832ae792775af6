"""One ride in the office's words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from central.japan import clock_text
from central.today.filters import BY_PHONE, RideState
from central.today.rows import Ride
from central.words import words
from central.words.names import Names, TripName
from central.words.say_event import Tone, party, people
from central.words.words import Words, words_for

_MEANS = words.MEANS | {BY_PHONE: words.BY_PHONE}
_TONES = {"complete": Tone.GOOD, "provisional": Tone.WARN}


@dataclass(frozen=True, slots=True)
class RideLine:
    """A ride as the page shows it.

    `cash` was paid to the driver, `owed` is not paid yet. `marks` say whether the ride was corrected, whether a stop of
    it is a guess, and how much of the cash is beyond the fare. `means` are None for a ride by a code. `number` names
    the record that it is found by, `name` the row, `kind` and `id` its address in the logs.
    """

    kind: str
    id: int
    name: str
    device: str
    trip: TripName
    trip_id: str
    boarded: str
    alighted: str
    start: str
    end: str
    who: str
    fare: int | None
    held: int
    cash: int
    owed: int
    marks: tuple[Words, ...]
    state: str
    words: Words
    tone: Tone
    pass_id: str
    means: Words | None
    by_phone: bool
    number: int | None


def ride_line(ride: Ride, names: Names, day: date) -> RideLine:
    """How the page shows `ride` on `day`."""
    product = names.product(ride.edition, ride.product, ride.service_date)
    return RideLine(
        kind=ride.kind,
        id=ride.id,
        name=_name(ride),
        device=ride.device,
        trip=names.trip(ride.edition, ride.trip_id),
        trip_id=ride.trip_id,
        boarded="—" if ride.board_number is None else clock_text(ride.board_wall, day),
        alighted=clock_text(ride.alight_wall, day),
        start=names.stop(ride.edition, ride.board_stop_id),
        end=names.stop(ride.edition, ride.alight_stop_id),
        who=people(ride.rider_class, ride.people)
        if ride.means not in {"", BY_PHONE}
        else party(ride.rider_class, product, ride.adults, ride.children),
        fare=ride.fare,
        held=ride.held,
        cash=ride.cash,
        owed=ride.owed,
        marks=_marks(ride),
        state=ride.state,
        words=words_for(words.STATES, ride.state),
        tone=_TONES.get(ride.state, Tone.PLAIN),
        pass_id=ride.pass_id,
        means=words_for(_MEANS, ride.means) if ride.means else None,
        by_phone=ride.means == BY_PHONE,
        number=ride.alight_number if ride.board_number is None else ride.board_number,
    )


def _name(ride: Ride) -> str:
    if ride.means:
        return f"{'phone' if ride.means == BY_PHONE else 'hand'}-{ride.id}"
    return str(ride.id)


def _marks(ride: Ride) -> tuple[Words, ...]:
    marks = [words.CORRECTED] if ride.corrected else []
    if ride.board_unsure or ride.alight_unsure:
        marks.append(words.UNSURE)
    if ride.overpaid:
        marks.append((f"払いすぎ {ride.overpaid:,}円", f"{ride.overpaid:,} yen of cash beyond the fare"))
    if ride.state == RideState.PROVISIONAL and ride.alight_number is None and not ride.means:
        marks.append(words.NOT_CHARGED)
    if ride.fare is None and ride.state == RideState.COMPLETE:
        marks.append(words.NO_FARE)
    if ride.overruled:
        marks.append(words.BY_DRIVER)
    if not ride.camera:
        marks.append(words.NO_CAMERA)
    return tuple(marks)
