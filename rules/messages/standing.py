"""How a machine stands, told to whoever is about to start it anew: its updater. Asked over its Unix socket."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from rules.messages.bounds import Whole

STANDING = "standing"
"""What is asked for."""
DRIVES_MPS = 1.0
"""A fresh fix above this is a bus that drives; a standing receiver wanders more slowly."""


class Busy(StrEnum):
    """Why a machine cannot be spared now."""

    ON_TRIP = "on-trip"
    """The driver has taken up a trip."""
    RIDERS = "riders"
    """Somebody who boarded has not alighted; the end of a trip ends their rides too."""
    DRIVING = "driving"
    """The receiver says that the bus moves."""
    GUESTS = "guests"
    """A code is on the kiosk's screen."""


class Standing(msgspec.Struct, frozen=True):
    """The version that runs; its journal `epoch` up to record `last`, of which `waiting` are not at the office yet.

    `busy` is empty for a machine that may be started anew. `fault` is a sentence where it can record nothing.
    """

    version: str
    epoch: str
    last: Whole
    waiting: Whole
    busy: tuple[Busy, ...] = ()
    fault: str = ""
