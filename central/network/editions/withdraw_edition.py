"""An edition is taken back: no trip begins by it any more. It stays in the books, which name old records by it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol

from rules.network.in_force import Standing, in_force, stand_ins, standing


class Editions(Protocol):
    """Where editions are kept, within one write transaction."""

    def valid_from(self) -> dict[int, date]:
        """The first day of every edition, by number."""

    def withdrawn(self) -> set[int]:
        """Those that were withdrawn."""

    def withdraw(self, number: int, at: int) -> None:
        """Note that the edition was withdrawn at Unix second `at`, and tell the machines."""

    def send_again(self, number: int) -> None:
        """Put the edition into the log for machines once more."""


class NotWithdrawn(StrEnum):
    """Why an edition stays."""

    UNKNOWN = "unknown"
    NOTHING_ELSE = "nothing else"


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """It is withdrawn; `again` if it was before.

    `in_force` is the edition that holds now, None for none; `until` is then the day on which the next one begins,
    None where none of them did before either.
    """

    number: int
    again: bool
    in_force: int | None
    until: date | None = None


def after_withdrawing(
    valid_from: Mapping[int, date], withdrawn: Collection[int], number: int, day: date
) -> Withdrawn | NotWithdrawn:
    """What withdrawing edition `number` on service day `day` comes to; `valid_from` are all editions by number.

    Refused for the edition in force unless another one holds on `day` or comes later: buses would have none.
    """
    if number not in valid_from:
        return NotWithdrawn.UNKNOWN
    after = {*withdrawn, number}
    holds = in_force(valid_from, after, day)
    begins = None
    if holds is None and standing(valid_from, withdrawn, number, day) is Standing.IN_FORCE:
        begins = min((valid_from[each] for each in valid_from if each not in after), default=None)
        if begins is None:
            return NotWithdrawn.NOTHING_ELSE
    return Withdrawn(number, number in withdrawn, holds, begins)


def withdraw(editions: Editions, number: int, day: date, at: int) -> Withdrawn | NotWithdrawn:
    """Withdraw edition `number` on service day `day`, Unix second `at`, unless refused. Again, it changes nothing."""
    valid_from, withdrawn = editions.valid_from(), editions.withdrawn()
    answer = after_withdrawing(valid_from, withdrawn, number, day)
    if isinstance(answer, NotWithdrawn) or answer.again:
        return answer
    # First the withdrawal: what is sent again would look replaced to a machine that has not heard of it yet.
    editions.withdraw(number, at)
    for older in stand_ins(valid_from, withdrawn, number, day):
        editions.send_again(older)
    return answer
