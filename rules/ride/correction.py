"""What a ride costs once it is known better where it began or ended: from what was paid for it to what was due."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from rules.money import NOTHING, Yen
from rules.network.fares import FareProblem
from rules.network.in_force import service_day
from rules.ride.fare import RideFare

DAYS_OF_GRACE = 1
"""After the service day: until then what the bus says is corrected by itself where the rider gains by it."""


@dataclass(frozen=True, slots=True)
class Charge:
    """How a fare is made up, in yen: `fare` = `held` + `cash` + `owed` - `overpaid`.

    `held` came from the pass, `cash` is what the driver took, `owed` nobody has paid yet. `overpaid` is cash beyond
    the fare, of which `refunded` was given back.
    """

    held: Yen
    cash: Yen = NOTHING
    owed: Yen = NOTHING
    overpaid: Yen = NOTHING
    refunded: Yen = NOTHING

    @property
    def fare(self) -> Yen:
        """What the ride costs everybody on the code."""
        return Yen(self.held + self.cash + self.owed - self.overpaid)

    @property
    def refund_due(self) -> Yen:
        """Cash that the rider has to get back yet."""
        return Yen(self.overpaid - self.refunded)


def corrected(charge: Charge, before: RideFare | FareProblem | None, due: RideFare) -> Charge:
    """The same ride at the fare that was due. `before` is the fare of the stops it has been charged by, if known.

    Less: what is owed shrinks first; then pass and cash give back what the bus would not have taken from each. More:
    cash that was to be given back is kept for it, the rest is owed.
    """
    change = due.total - charge.fare
    if change >= 0:
        kept = min(change, charge.refund_due)
        return replace(charge, overpaid=Yen(charge.overpaid - kept), owed=Yen(charge.owed + change - kept))
    forgiven = min(charge.owed, -change)
    paid_too_much = -change - forgiven
    # A pass that has paid more than its holder's own fare is one that pays for the others, too.
    pays_for_all = isinstance(before, RideFare) and charge.held > before.own
    payable = due.total if pays_for_all else due.own
    cash_left = charge.cash - charge.overpaid
    back = min(paid_too_much, max(charge.held - payable, paid_too_much - cash_left, 0))
    return replace(
        charge,
        held=Yen(charge.held - back),
        owed=Yen(charge.owed - forgiven),
        overpaid=Yen(charge.overpaid + paid_too_much - back),
    )


def as_double(charge: Charge) -> Charge:
    """The same ride where the code that opened it is charged for another one: only the driver's cash is real.

    Cash beyond the ride's own fare stays to be given back.
    """
    overpaid = max(charge.refunded, charge.cash - charge.fare)
    return replace(charge, held=NOTHING, owed=NOTHING, overpaid=Yen(overpaid))


def double_due(charge: Charge, due: RideFare) -> RideFare:
    """What such a ride costs by the fare that was due: never more than the cash that was paid for it."""
    return RideFare(Yen(min(due.total, charge.cash - charge.refunded)), NOTHING)


def within_the_day(service_date: date, said: int | None) -> bool:
    """Whether what a machine said at Unix second `said`, None where it did not know the time, is soon enough.

    The days are service days (運行日), so a trip after midnight belongs to the evening before.
    """
    return said is not None and 0 <= (service_day(said) - service_date).days <= DAYS_OF_GRACE
