"""A bath's week: guests press for codes and show cards, staff take some back, phones open codes at once or later."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from random import Random

from device.facts import CodeSeen
from kiosk.facts import ButtonPressed
from kiosk.ports import HideCode, OfferWanted, ShowAgain, StaffLeft, StaffPin, UndoLast
from rules.instant import ClockQuality
from rules.passes.point_code import PointCode, make
from tests.village.bath import ADULT, CHILD, PIN, Code, KioskMachine
from tests.village.clockwork import DAY_S, HOUR, Agenda
from tests.village.life import FIRST_POWER_S, LAST_POWER_S, REBOOT_S, Waits
from tests.village.machine import key_of
from tests.village.office import Central
from tests.village.points import UNHEARD, Asked, PointsModel
from tests.village.riders import ISSUER, Person

VISITS = 6
"""Guests a day."""
OPEN_S = (7 * HOUR, 18.5 * HOUR)
TRIES_AGAIN_S = (60.0, 900.0)
"""A phone that got no answer."""
LATER_S = ((2.0, 60.0), (2.0, 60.0), (2.0, 60.0), (600.0, 10 * HOUR), (20 * HOUR, 30 * HOUR))
"""When codes are opened: most of them at once, some at home, and some a day later."""


@dataclass
class BathLife:
    """One kiosk with its guests, day after day as `live` says. `members` are whose phones open its codes."""

    kiosk: KioskMachine
    central: Central
    people: list[Person]
    members: list[str]
    model: PointsModel
    agenda: Agenda
    dice: Random
    days: int
    tally: Counter[str] = field(default_factory=Counter)
    _is_copied: bool = False

    def live(self) -> Waits:
        """All days."""
        for day in range(self.days):
            yield max(0.0, day * DAY_S + FIRST_POWER_S + self.dice.uniform(0, 1800) - self.agenda.now)
            self.kiosk.switch_on()
            for second in sorted(self.dice.uniform(*OPEN_S) for _ in range(VISITS)):
                yield max(0.0, day * DAY_S + second - self.agenda.now)
                yield from self._visit()
            yield max(0.0, day * DAY_S + LAST_POWER_S - self.agenda.now)
            self.kiosk.switch_off()

    def wake(self) -> Waits:
        """Be on: that it was switched on is a record for central, whatever it has lost."""
        yield from self._be_on()

    @property
    def machine(self) -> KioskMachine:
        """What may be repaired at night."""
        return self.kiosk

    def is_asleep(self) -> bool:
        """Whether the kiosk is off with nothing under way."""
        return not self.kiosk.on

    def swap_card(self) -> bool:
        """Make an image of the card, or put back the one that was made; whether one was put back."""
        image = self.kiosk.folder.with_suffix(".image")
        self._is_copied = not self._is_copied
        if self._is_copied:
            self.kiosk.copy_card(image)
            return False
        self.kiosk.put_card(image)
        self.tally["old-cards"] += 1
        return True

    def _visit(self) -> Waits:
        yield from self._be_on()
        kiosk, chance = self.kiosk, self.dice.random()
        if chance < 0.25:
            person = self.dice.choice(self.people)
            if person.is_card:
                kiosk.do(CodeSeen(person.code(int(self.agenda.wall), self.dice).data))
        elif chance < 0.32:
            kiosk.do(CodeSeen(b"https://example.jp/onsen"))
        elif chance < 0.38:
            self._open_soon(self._forged(), 1)
        else:
            yield from self._press()

    def _press(self) -> Waits:
        """A code, for one or for a family; and whatever becomes of it."""
        kiosk, dice = self.kiosk, self.dice
        count = dice.choice((1, 1, 1, 2, 4))
        before = set(kiosk.codes)
        touch = OfferWanted(dice.choice((ADULT.id, CHILD.id)), count)
        kiosk.do(ButtonPressed() if dice.random() < 0.3 else touch)
        if not kiosk.on:
            yield from self._be_on()
            yield 2.0
            # What the power cut left on the disk alone can be brought back; or somebody presses again.
            recent = kiosk.page.recent if kiosk.page else ()
            kiosk.do(ShowAgain(recent[0].number) if recent and dice.random() < 0.5 else touch)
        for code in [code for text, code in kiosk.codes.items() if text not in before]:
            self.tally["codes"] += 1
            self.agenda.note(f"{kiosk.unit}: code {code.number} ({code.moment}) for {code.count}")
            # One more than there are places, now and then: somebody has photographed it.
            self._open_soon(code, code.count + dice.choice((0, 0, 1, -1)))
        if dice.random() < 0.2:
            yield dice.uniform(1.0, 90.0)
            self._take_back()
        if dice.random() < 0.3:
            yield dice.uniform(1.0, 90.0)
            kiosk.do(*(HideCode(code.number) for code in kiosk.shown()))

    def _take_back(self) -> None:
        """Staff take back what they see on top, with or without its claims."""
        self.kiosk.do(StaffPin(PIN))
        page = self.kiosk.page
        if self.kiosk.on and page is not None and page.recent:
            self.kiosk.do(UndoLast(page.recent[0].number), StaffLeft())
            self.tally["taken-back"] += 1

    def _forged(self) -> Code:
        """A code in the kiosk's name by somebody else's key."""
        number, moment = self.dice.randrange(1, 60), int(self.agenda.wall)
        made = PointCode(
            self.kiosk.number, number, moment, ClockQuality.NETWORK, ADULT.id, 1, ADULT.points, ISSUER
        )
        return Code(number, moment, 1, make(made, key_of("somebody else")))

    def _open_soon(self, code: Code, phones: int) -> None:
        for member in self.dice.sample(self.members, max(0, phones)):
            seconds = self.dice.uniform(*self.dice.choice(LATER_S))
            self.agenda.after(seconds, partial(self._open, code, member, again=self.dice.random() < 0.3))

    def _open(self, code: Code, member: str, *, again: bool) -> None:
        """A phone opens a code; once more where it got no answer, and sometimes where it did."""
        at, is_there = self.central.now, self.central.up
        answer = self.central.claim(code.text, member)
        self.agenda.note(f"{member} opens {code.number} ({code.moment}): {answer}")
        if is_there and answer != "point-strange":
            name = (self.kiosk.unit, code.number, code.moment)
            self.model.asked.append(Asked(name, member, at, answer or UNHEARD))
        if answer is not None:
            self.tally[f"claim-{answer}"] += 1
        if answer is None or again:
            seconds = self.dice.uniform(*TRIES_AGAIN_S)
            self.agenda.after(seconds, partial(self._open, code, member, again=False))

    def _be_on(self) -> Waits:
        while not self.kiosk.on:
            yield self.dice.uniform(*REBOOT_S)
            self.kiosk.switch_on()
