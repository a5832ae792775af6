"""What staff may set right: a ride, whichever side has read the other."""

from __future__ import annotations

from typing import Protocol, Self

from central.database.transaction import Connection
from central.rides.corrections.by_staff.rows import Facts, Of


class Settable(Protocol):
    """A ride in the books."""

    @property
    def of(self) -> Of:
        """Which side has read the other."""

    @property
    def id(self) -> int:
        """Its row in the table of such rides."""

    @property
    def board(self) -> str:
        """The name of the boarding's record: epoch and number."""

    @property
    def edition(self) -> int:
        """The edition of the network that it rode by."""

    @property
    def is_ended(self) -> bool:
        """Whether it has been charged. One that is still open can be void once it ends, and nothing else."""

    @property
    def fare(self) -> int | None:
        """In yen; None where the table has none."""

    @property
    def cash_due(self) -> int:
        """Yen in cash that its rider has to get back yet."""

    def in_force(self, connection: Connection) -> Facts:
        """What it is charged by now."""

    def put_in_force(self, connection: Connection, facts: Facts, now: int) -> int | None:
        """Charge it by these facts: the number of the correction, 0 for none. None where they have no fare."""

    def again(self, connection: Connection) -> Self:
        """As it stands by then."""
