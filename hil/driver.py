"""The driver of the bench: touches the page on the screen as a finger would."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

from hil.touch import TouchPage

if TYPE_CHECKING:
    from hil.riders import HandRider
    from rules.network.trips import Trip

OPENING = re.compile(r'data-opening="(\d+)"')


class Driver:
    """Sits before the screen at `url`, which ends with a slash."""

    def __init__(self, url: str) -> None:
        self._page = TouchPage(url)

    def start_trip(self, trip: Trip, day: date) -> bool:
        """Touch the trip; False while the page does not offer it."""
        return self._page.touch("trip", trip_id=trip.trip_id, service_date=day.isoformat())

    def end_trip(self) -> bool:
        """Touch the end of the trip; False if none is under way."""
        return self._page.touch("trip/end")

    def board(self, who: HandRider) -> bool:
        """Record by hand that they board; False where the page does not take it."""
        return self._page.touch("hand/board", **_who(who))

    def alight(self, who: HandRider, board_index: int) -> bool:
        """Record by hand that they alight who boarded at that stop of the trip; False where it is not taken."""
        return self._page.touch("hand/alight", **_who(who), board_index=board_index)

    def answer(self, stop_index: int) -> None:
        """Say at which stop of the trip the bus is, if the page asks."""
        question = self._page.picture()["regions"]["question"]
        opening = OPENING.search(question)
        if opening is None:
            return
        if not self._page.touch("stop/answer", opening=opening.group(1), stop_index=stop_index):
            # It is none of those that the page offers.
            self._page.touch("stop/set", stop_index=stop_index)


def _who(who: HandRider) -> dict[str, object]:
    return {"means": who.means, "rider_class": who.rider_class.name.lower(), "people": who.people}
