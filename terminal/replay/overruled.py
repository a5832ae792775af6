"""Whether a code that the driver let pass had been refused just before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.instant import seconds_between
from rules.ride.outcomes import Movement
from terminal.taps import OVERRULE_S

if TYPE_CHECKING:
    from rules.messages.events import Tapped


class Refusals:
    """The last answer, if it was a refusal: told of every tap in order."""

    def __init__(self) -> None:
        self._last: Tapped | None = None
        self._is_known = False

    def forget(self) -> None:
        """Records are missing: what was answered last is unknown."""
        self._is_known = False

    def could_allow(self, tap: Tapped) -> bool:
        """Whether `tap`, if the driver let it pass, could be: what came before is not known to speak against it."""
        last, known = self._last, self._is_known
        self._last, self._is_known = (tap if tap.movement is Movement.REFUSED else None), True
        if not tap.allowed or not known:
            return True
        passed = seconds_between(last.at, tap.at) if last else None
        # Milliseconds are cut off in both.
        is_soon = passed is not None and 0 <= passed <= OVERRULE_S + 0.001
        return last is not None and last.code == tap.code and is_soon
