"""How the office's backup stands, told to the office by whoever ships it and by whoever drills.

Two small files: the shipper's beside the database, which the office reads; the drill's beside the backups, since it is
made where the key from the safe is. The shipper carries the one over into the other.
"""

from __future__ import annotations

import msgspec

from rules.messages.bounds import Whole

STATE_FILE = ".backup-state.json"
"""Beside the office's database."""
DRILL_FILE = "last-drill.json"
"""Beside the backups."""
LATE_S = 3_600
"""After so long without a look at the office's data somebody should see why. Each five seconds is usual."""
OLD_S = 86_400
"""After so long a day's work would be lost."""
DRILL_DAYS = 35
"""A drill is due each month, and some days for whoever has the safe's key."""


class Drill(msgspec.Struct, frozen=True):
    """A drill's end at Unix second `at`; of what state it was (`until`); `wrong` names what did not agree, in order."""

    at: Whole
    until: Whole
    wrong: tuple[str, ...] = ()


class BackupState(msgspec.Struct, frozen=True):
    """Unix seconds, 0 for never: when it last looked, until when all is shipped, when the last parcel left.

    `problem` is what is wrong, "" for nothing; `drill` the last one that is known of.
    """

    looked: Whole
    until: Whole
    problem: str
    parcel: Whole = 0
    drill: Drill | None = None
