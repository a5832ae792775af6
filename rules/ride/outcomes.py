"""Every answer a bus door can give, by name."""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """What the rider is told. The values stand in records and stay stable."""

    OK = "ok"
    OK_OTHER = "ok-other"
    """A class that is not adult, or a party: the driver should look."""
    GRACED = "graced"
    SHORT = "short"
    """They ride; the rest is paid in cash."""
    ALREADY_BOARDED = "already-boarded"
    ALREADY_ALIGHTED = "already-alighted"
    DENIED = "denied"
    EXPIRED = "expired"
    NOT_YET_VALID = "not-yet-valid"
    STALE_CODE = "stale-code"
    REPLAYED = "replayed"
    LONG_CODE_WANTED = "long-code-wanted"
    CARD_NOT_LISTED = "card-not-listed"
    CARD_LIMIT = "card-limit"
    FARE_UNKNOWN = "fare-unknown"
    JOURNAL_FULL = "journal-full"
    UNKNOWN_KEY = "unknown-key"
    BAD_SIGNATURE = "bad-signature"
    UNREADABLE = "unreadable"
    NOT_A_PASS = "not-a-pass"
    POSITION_UNKNOWN = "position-unknown"
    OTHER_NETWORK = "other-network"
    NO_TRIP = "no-trip"
    """The driver has not started a trip, or it ends here."""

    @property
    def rides(self) -> bool:
        """Whether the answer is green: the rider boards or alights and a record says so."""
        return self in GREEN


GREEN = frozenset({Outcome.OK, Outcome.OK_OTHER, Outcome.GRACED, Outcome.SHORT})


class Movement(StrEnum):
    """What a tap was."""

    BOARD = "board"
    ALIGHT = "alight"
    REFUSED = "refused"
