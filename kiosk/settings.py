"""The settings of one kiosk."""

from __future__ import annotations

import re
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from device.sections import Camera, Link, Pin, Scanner, Text, Unit, web_address
from device.settings import Section
from kiosk.codes import GOOD_HOURS
from kiosk.hours import ALL_DAY, Hours
from kiosk.pin import is_hash
from kiosk.ports import Visit
from kiosk.station import Rules
from rules.passes.limits import U16
from rules.passes.point_code import MAX_VISIT
from rules.passes.rider_pass import RiderClass

_CLOCK = re.compile(r"([01]?[0-9]|2[0-4]):([0-5][0-9])")
MOST_VISITS = 8


def _minutes(setting: str) -> int:
    """Minutes of the day. Raises ValueError."""
    parts = _CLOCK.fullmatch(setting)
    minutes = int(parts[1]) * 60 + int(parts[2]) if parts else None
    if minutes is None or minutes > ALL_DAY.closes:
        raise ValueError(
            '時刻は "10:00" のように、"0:00" から "24:00" までで書いてください / '
            'write a time of day as "10:00", from "0:00" to "24:00"'
        )
    return minutes


def _time_of_day(setting: str) -> str:
    _minutes(setting)
    return setting


def _pin_hash(setting: str) -> str:
    if not is_hash(setting):
        raise ValueError(
            "pin には yukemuri-kiosk pin が出した行を書いてください。暗証番号そのものは書けません / "
            "pin holds what yukemuri-kiosk pin has printed, never the PIN itself"
        )
    return setting


TimeOfDay = Annotated[str, AfterValidator(_time_of_day)]


class KioskUnit(Unit):
    """As for every machine. `number` is this kiosk's own in the village, as the office registered it.

    `address` is where guests' phones find the office.
    """

    number: Annotated[int, Field(ge=1, le=U16)]
    address: Annotated[str, AfterValidator(web_address)]


class VisitKind(Section):
    """A kind of visit. `id` is never given to another one; `points` are what the office has registered for it.

    `cards` are the classes of card that count as this visit; the others count as the first kind.
    """

    id: Annotated[int, Field(ge=1, le=MAX_VISIT)]
    ja: Text
    en: Text
    points: Annotated[int, Field(ge=1, le=U16)]
    kana: str = ""
    cards: Annotated[tuple[str, ...], Field(strict=False)] = ()

    @model_validator(mode="after")
    def _classes_are_known(self) -> Self:
        known = [each.name.lower() for each in RiderClass]
        if not set(self.cards) <= set(known):
            raise ValueError(
                f"cards には {'、'.join(known)} だけを書いてください / cards may be {', '.join(known)}"
            )
        return self


class Opening(Section):
    """From `opens` to `closes`, by the clock on the wall; past midnight where `closes` is the earlier one."""

    opens: TimeOfDay
    closes: TimeOfDay

    @model_validator(mode="after")
    def _is_some_time(self) -> Self:
        if _minutes(self.opens) == _minutes(self.closes):
            raise ValueError(
                "opens と closes が同じです。一日中なら [hours] を消してください / "
                "opens and closes are the same: for all day, remove [hours]"
            )
        return self


class Limits(Section):
    """`codes_an_hour` are those made by touches and the button; staff can make more with their PIN.

    A code stands `shown_seconds` on the screen, and anybody can bring it back for `again_minutes`.
    It can be claimed for `valid_hours`, as the office has registered the kiosk (`--valid`).
    """

    codes_an_hour: Annotated[int, Field(ge=1, le=1_000)] = 120
    shown_seconds: Annotated[int, Field(ge=15, le=600)] = 90
    again_minutes: Annotated[int, Field(ge=1, le=1_440)] = 15
    valid_hours: Annotated[int, Field(ge=1, le=168)] = GOOD_HOURS


class Staff(Section):
    """`pin` is the hash of what opens the staff's page, as `yukemuri-kiosk pin` prints it."""

    pin: Annotated[str, AfterValidator(_pin_hash)]


class Pins(Section):
    """GPIO numbers (BCM). `button` is the one on the counter."""

    button: Pin


class Screen(Section):
    """The guests' page on the loopback. Ports below 1024 are root's, and the kiosk is not."""

    port: Annotated[int, Field(ge=1024, le=65_535)] = 8481


class Sound(Section):
    """`device` is ALSA's name of the card (`aplay -L`), `volume` in percent. Without it the kiosk is silent."""

    device: Text
    volume: Annotated[int, Field(ge=0, le=100)] = 80


class Settings(Section):
    """One settings file of `yukemuri-kiosk`. What a tablet at a festival has not got is left out."""

    unit: KioskUnit
    visits: Annotated[list[VisitKind], Field(min_length=1, max_length=MOST_VISITS)]
    link: Link
    staff: Staff
    hours: Opening | None = None
    limits: Limits = Limits()
    screen: Screen = Screen()
    camera: Camera | None = None
    scanner: Scanner | None = None
    pins: Pins | None = None
    sound: Sound | None = None

    @model_validator(mode="after")
    def _visits_are_told_apart(self) -> Self:
        ids = [visit.id for visit in self.visits]
        if len(set(ids)) < len(ids):
            raise ValueError(
                "[[visits]] の id が重なっています。別の番号にしてください / "
                "two of [[visits]] have the same id: give each its own"
            )
        cards = [name for visit in self.visits for name in visit.cards]
        if len(set(cards)) < len(cards):
            raise ValueError(
                "同じ cards が二つの [[visits]] にあります。一つだけにしてください / "
                "one class of cards stands in two of [[visits]]: leave it in one"
            )
        return self

    @property
    def rules(self) -> Rules:
        """The same, as the desk goes by it."""
        hours = Hours(_minutes(self.hours.opens), _minutes(self.hours.closes)) if self.hours else ALL_DAY
        return Rules(
            visits=tuple(Visit(each.id, each.ja, each.en, each.points, each.kana) for each in self.visits),
            cards={int(RiderClass[name.upper()]): each.id for each in self.visits for name in each.cards},
            hours=hours,
            codes_an_hour=self.limits.codes_an_hour,
            shown_s=self.limits.shown_seconds,
            again_s=self.limits.again_minutes * 60,
            good_hours=self.limits.valid_hours,
            pin=self.staff.pin,
        )
