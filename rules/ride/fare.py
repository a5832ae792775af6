"""What a ride costs the people who make it."""

from __future__ import annotations

from rules.money import Yen, half_fare
from rules.passes.rider_pass import RiderClass

HALF = frozenset({RiderClass.CHILD, RiderClass.HANDBOOK})


def own_fare(adult: Yen, rider_class: RiderClass) -> Yen:
    """The pass holder's fare from the adult fare.

    Children and handbook holders (障害者手帳, shōgaisha techō) pay half, rounded up to 10 yen; with an attendant
    (介護者, kaigosha) two halves; senior and student as adult.
    """
    if rider_class in HALF:
        return half_fare(adult)
    if rider_class is RiderClass.HANDBOOK_ATTENDED:
        return Yen(2 * half_fare(adult))
    return adult


def party_fare(adult: Yen, rider_class: RiderClass, adults: int, children: int) -> Yen:
    """The fare of the holder and of `adults` and `children` who travel on the same code."""
    return Yen(own_fare(adult, rider_class) + adults * adult + children * half_fare(adult))
