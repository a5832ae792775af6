"""Whenever people press and claim and the power goes: no number twice, and nothing shown that is not written."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from kiosk.facts import ButtonPressed
from kiosk.ports import HideCode, MessageKind, OfferWanted, ShowAgain, UndoLast
from rules.messages.events import CardPoints, PointsOffered, PointsUndone
from tests.kiosk.desk_bench import ADULT, CHILD, Table, World, kiosk_on


class Days:
    """Guests, staff, phones and a kiosk that loses its power anywhere, all by dice."""

    def __init__(self, world: World, dice: Random) -> None:
        self._world = world
        self._dice = dice
        self._cards = [world.office.card() for _ in range(3)]
        self.texts: dict[tuple[int, int], str] = {}
        self.claimed: set[int] = set()
        self.said: Counter[MessageKind] = Counter()

    def go_by(self) -> None:
        for life in range(self._dice.randint(1, 6)):
            self._world.network = self._dice.random() < 0.7
            self._world.wrong_by = self._dice.choice([0.0, 0.0, 7_200.0])
            with kiosk_on(self._world) as table:
                try:
                    self._live(table)
                finally:
                    self.said.update(table.sound.said)
            self._world.begin_anew(f"boot {life}", self._dice.choice([1.0, 60.0, 5_000.0, 90_000.0]))

    def _live(self, table: Table) -> None:
        steps = [self._press] * 6 + [self._claim, self._again, self._hide, self._undo, self._card, self._wait]
        for _ in range(self._dice.randint(0, 30)):
            if self._dice.random() < 0.02:
                table.sound.cut = self._dice.choice(
                    [MessageKind.MADE, MessageKind.CARD_DONE, MessageKind.UNDONE]
                )
            self._dice.choice(steps)(table)
            self._look(table)

    def _look(self, table: Table) -> None:
        """`Table` itself has looked whether the journal holds every code that stood on the screen."""
        for code in table.page.codes:
            said = table.code_of(code.text).code
            assert self.texts.setdefault((said.number, said.moment), code.text) == code.text
            assert code.number not in self.claimed, "a code that nobody can claim is shown"
            assert 0 < code.left_s <= self._world.rules.shown_s

    def _press(self, table: Table) -> None:
        table.wait(self._dice.choice([0, 2]))
        visit = self._dice.choice([ADULT.id, CHILD.id])
        if self._dice.random() < 0.3:
            table.do(ButtonPressed())
        else:
            table.do(OfferWanted(visit, self._dice.randint(1, 6)))

    def _claim(self, table: Table) -> None:
        if table.offers():
            offer = self._dice.choice(table.offers())
            left = self._dice.randint(0, offer.count - 1)
            table.claimed(offer.number, left)
            self.claimed |= {offer.number} if left == 0 else set()

    def _again(self, table: Table) -> None:
        table.do(ShowAgain(self._dice.randint(1, 30)))

    def _hide(self, table: Table) -> None:
        table.do(HideCode(self._dice.randint(1, 30)))

    def _undo(self, table: Table) -> None:
        table.sign_in()
        table.do(UndoLast(table.page.recent[0].number if table.page.recent else 1))

    def _card(self, table: Table) -> None:
        table.hold(self._dice.choice(self._cards))

    def _wait(self, table: Table) -> None:
        table.wait(self._dice.choice([10, 200]), step=10)


@pytest.mark.parametrize("seed", range(40))
def test_whatever_happens_no_number_is_used_twice_and_every_code_shown_is_written_down(
    world: World, seed: int
) -> None:
    days = Days(world, Random(seed))
    days.go_by()
    with kiosk_on(world) as table:
        events = table.events()
    made = [event for event in events if isinstance(event, PointsOffered | CardPoints)]
    assert [event.number for event in made] == list(range(1, len(made) + 1)), "a number is missing or doubled"
    offered = {(event.number, event.moment) for event in made if isinstance(event, PointsOffered)}
    assert set(days.texts) <= offered
    undone = [event.number for event in events if isinstance(event, PointsUndone)]
    assert len(undone) == len(set(undone)), "taken back twice"
    assert set(undone) <= {event.number for event in made}
    # A record whose sound the power cut swallowed is one more.
    heard = days.said[MessageKind.MADE] + days.said[MessageKind.CARD_DONE]
    assert heard <= len(made) <= heard + 6
