"""What the door tells a rider, for lamps, buzzer and voice alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rules.money import NOTHING
from rules.ride.outcomes import Movement, Outcome

if TYPE_CHECKING:
    from rules.money import Yen


@dataclass(frozen=True, slots=True)
class Told:
    """One answer. `fare` is what the ride costs, `cash` the part of it to pay to the driver, both on alightings only.

    `commuter`: by a commuter pass (定期券, teikiken) for which nothing is due.
    """

    outcome: Outcome
    movement: Movement = Movement.REFUSED
    fare: Yen = NOTHING
    cash: Yen = NOTHING
    commuter: bool = False
