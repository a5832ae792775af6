"""What the page `/ride` sends, as far as it can be a claim."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

from rules.messages.codec import encode
from rules.messages.events import RecordRef
from rules.passes.bus_code import BusCode, read_text
from rules.ride.outcomes import Movement
from rules.ride.phone_ride import Claim, NotTaken, Position

_COMMAND = re.compile(r"[0-9A-Za-z-]{8,64}")
_BUS = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
LAST_MOMENT = 2**32
MOST = 1e9
"""Any number of a position is less."""


@dataclass(frozen=True, slots=True)
class AskedClaim:
    """A claim as the phone made it. `command` is the phone's id, `code` None where only the sticker was read."""

    command: str
    bus: str
    code: BusCode | None
    movement: Movement
    moment: int
    position: Position | None

    @property
    def fingerprint(self) -> str:
        """The same for the same claim, whatever its id. Not of the position: it may be found while the claim waits."""
        opening = [self.code.epoch, self.code.number] if self.code else []
        return hashlib.sha256(encode([self.bus, opening, self.movement, self.moment])).hexdigest()

    def heard_at(self, received: int) -> Claim:
        """What it says for the rules, heard at that Unix second."""
        opening = RecordRef(self.code.epoch, self.code.number) if self.code else None
        return Claim(self.bus, self.movement, self.moment, received, opening, self.position)


def read_claim(asked: Mapping[str, Any]) -> AskedClaim | NotTaken:
    """Read `{id, code, movement, moment, lat?, lon?, accuracy?}`; `code` is what stands behind the address's #."""
    command, text, moment = asked.get("id"), asked.get("code"), asked.get("moment")
    movement = asked.get("movement")
    if not isinstance(command, str) or not _COMMAND.fullmatch(command) or not isinstance(text, str):
        return NotTaken.UNREADABLE
    if movement not in ("board", "alight") or type(moment) is not int or not 0 < moment < LAST_MOMENT:
        return NotTaken.UNREADABLE
    code = read_text(text)
    if code is None and not _BUS.fullmatch(text):
        return NotTaken.UNREADABLE
    return AskedClaim(command, code.bus if code else text, code, Movement(movement), moment, _position(asked))


def _position(asked: Mapping[str, Any]) -> Position | None:
    """Only a cross-check: one that cannot be is none."""
    found = [asked.get(name) for name in ("lat", "lon", "accuracy")]
    numbers = [float(each) for each in found if isinstance(each, int | float) and abs(each) < MOST]
    if len(numbers) < len(found) or not all(isfinite(each) for each in numbers):
        return None
    lat, lon, accuracy = numbers
    return Position(lat, lon, accuracy) if abs(lat) <= 90 and abs(lon) <= 180 and accuracy >= 0 else None
