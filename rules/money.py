"""Money as whole yen."""

from __future__ import annotations

from typing import NewType

Yen = NewType("Yen", int)
"""Whole yen. くらポ is counted in it too: 1 くらポ is worth 1 yen."""

NOTHING = Yen(0)


def half_fare(adult: Yen) -> Yen:
    """Half of an adult fare, rounded up to 10 yen (小児運賃, shōni unchin).

    The rule held for 46 of 46 child fares of the one feed examined that publishes them.
    """
    return Yen(-(-adult // 20) * 10)
