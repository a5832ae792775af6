"""The commuter pass (定期券, teikiken): free rides within a section, and what is due beyond it (乗越, norikoshi)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import product
from typing import ClassVar

from rules.money import NOTHING, Yen
from rules.network.fares import FareProblem
from rules.passes.rider_pass import RiderClass
from rules.products.sold import MAX_DAYS, check_range, check_section, check_sold
from rules.tariff.share import Share

_WORDS = ("定期券", "commuter pass")

AdultFare = Callable[[int, int], Yen | FareProblem]
"""The adult fare from one place on a trip to another, both indexes into its poles."""


@dataclass(frozen=True, slots=True)
class CommuterPass:
    """A commuter pass as it is sold: `days` days for `price` yen, to riders of `rider_class`.

    Riders' passes carry its `number`. `section` are the names of two stops, as the poles of two directions have
    different ids; None is the whole network. Buses know it on the service days from `first_day` to `last_day`, None
    for no end. Raises ValueError for what nobody could ride on.
    """

    KIND: ClassVar[str] = "commuter-pass"

    number: int
    name: str
    name_en: str
    rider_class: RiderClass
    section: tuple[str, str] | None
    days: int
    price: Yen
    first_day: date
    last_day: date | None

    def __post_init__(self) -> None:
        check_sold(_WORDS, self.number, self.name, self.price, self.first_day, self.last_day)
        check_range(_WORDS, ("日数", "number of days"), self.days, 1, MAX_DAYS)
        if self.section is not None:
            check_section(self.section)

    def holds_on(self, day: date) -> bool:
        """Whether it rides on service day `day`."""
        return self.first_day <= day and (self.last_day is None or day <= self.last_day)

    def due(
        self, names: Sequence[str], board: int, alight: int, adult: AdultFare, share: Share
    ) -> Yen | FareProblem:
        """What its holder owes for a ride between two indexes of `names`, the trip's stops in order.

        `share` is the holder's. Nothing within the section; beyond it the fare from its nearer end, at both ends if
        need be, but never more than without the pass. Whoever rides no more of the section than one point pays the
        whole way. Where a fare is needed that the table does not have, its problem.
        """
        ways = [[(board, alight)], *self._ways(names, board, alight)]
        if [] in ways:
            return NOTHING
        fares = {leg: adult(*leg) for way in ways for leg in way}
        problems = [fare for fare in fares.values() if isinstance(fare, FareProblem)]
        if problems:
            # A conflict is told before a gap, whichever way the trip runs.
            return min(problems)
        paid = {leg: share.of(fare) for leg, fare in fares.items() if not isinstance(fare, FareProblem)}
        return Yen(min(sum(paid[leg] for leg in way) for way in ways))

    def _ways(self, names: Sequence[str], board: int, alight: int) -> Iterator[list[tuple[int, int]]]:
        """The legs left to pay, by each stretch of the trip that may be the section: stops may be passed twice."""
        if self.section is None:
            yield []
            return
        ends = ([index for index, name in enumerate(names) if name == end] for end in self.section)
        for low, high in map(sorted, product(*ends)):
            if max(board, low) < min(alight, high):
                yield [leg for leg in ((board, low), (high, alight)) if leg[0] < leg[1]]
