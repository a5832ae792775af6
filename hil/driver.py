"""The driver of the bench: touches the page on the screen as a finger would."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rules.network.trips import Trip


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
        with urllib.request.urlopen(f"{self._url}now", timeout=5) as answer:
            picture: dict[str, Any] = json.load(answer)
        return str(picture["key"])
