"""The driver of the bench: touches the page on the screen as a finger would."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.parse
import urllib.request
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hil.riders import HandRider
    from rules.network.trips import Trip

OPENING = re.compile(r'data-opening="(\d+)"')


class Driver:
    """Sits before the screen at `url`, which ends with a slash."""

    def __init__(self, url: str) -> None:
        self._url = url

    def start_trip(self, trip: Trip, day: date) -> bool:
        """Touch the trip; False while the page does not offer it."""
        return self._touch("trip", {"trip_id": trip.trip_id, "service_date": day.isoformat()})

    def end_trip(self) -> bool:
        """Touch the end of the trip; False if none is under way."""
        return self._touch("trip/end", {})

    def board(self, who: HandRider) -> bool:
        """Record by hand that they board; False where the page does not take it."""
        return self._touch("hand/board", _who(who))

    def alight(self, who: HandRider, board_index: int) -> bool:
        """Record by hand that they alight who boarded at that stop of the trip; False where it is not taken."""
        return self._touch("hand/alight", {**_who(who), "board_index": str(board_index)})

    def answer(self, stop_index: int) -> None:
        """Say at which stop of the trip the bus is, if the page asks."""
        question = self._picture()["regions"]["question"]
        opening = OPENING.search(question)
        if opening is None:
            return
        stop = {"stop_index": str(stop_index)}
        if not self._touch("stop/answer", {"opening": opening.group(1), **stop}):
            # It is none of those that the page offers.
            self._touch("stop/set", stop)

    def _touch(self, path: str, fields: dict[str, str]) -> bool:
        request = urllib.request.Request(
            f"{self._url}{path}",
            data=urllib.parse.urlencode(fields).encode(),
            headers={"X-Screen-Key": self._key(), "Origin": self._url.rstrip("/")},
        )
        try:
            with urllib.request.urlopen(request, timeout=5):
                return True
        except urllib.error.HTTPError:
            return False

    def _key(self) -> str:
        return str(self._picture()["key"])

    def _picture(self) -> dict[str, Any]:
        with urllib.request.urlopen(f"{self._url}now", timeout=5) as answer:
            picture: dict[str, Any] = json.load(answer)
        return picture


def _who(who: HandRider) -> dict[str, str]:
    return {"means": who.means, "rider_class": who.rider_class.name.lower(), "people": str(who.people)}
