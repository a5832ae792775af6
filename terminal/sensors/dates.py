"""Which day it is, where a receiver's count of weeks may have begun anew."""

from __future__ import annotations

from enum import StrEnum

from device.clock import is_believable

ROLLOVER_S = 7_168 * 86_400
"""GPS counts 1,024 weeks and begins anew; a receiver that does not know which time round it is says an older date."""


class DateVerdict(StrEnum):
    """What became of a receiver's date."""

    UNKNOWN = "unknown"
    """It gave none."""
    GIVEN = "given"
    ROLLED = "rolled-over"
    """It lay before what has certainly passed, and was set forward by whole rounds of 1,024 weeks."""
    REFUSED = "refused"
    """It lies too far in the future, so that no time is known."""


def judge_date(wall: float | None, proven: int | None) -> tuple[float | None, DateVerdict]:
    """The time that a receiver's `wall` means, in Unix seconds, where `proven` have certainly passed.

    None for `proven` takes every date as it is given: old logs are replayed so.
    """
    if wall is None:
        return None, DateVerdict.UNKNOWN
    rounds = 0 if proven is None else max(0, -int((wall - proven) // ROLLOVER_S))
    meant = wall + rounds * ROLLOVER_S
    if not is_believable(meant, proven):
        return None, DateVerdict.REFUSED
    return meant, DateVerdict.ROLLED if rounds else DateVerdict.GIVEN
