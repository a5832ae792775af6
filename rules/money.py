"""Money as whole yen."""

from __future__ import annotations

from typing import NewType

Yen = NewType("Yen", int)
"""Whole yen. くらポ is counted in it too: 1 くらポ is worth 1 yen."""

NOTHING = Yen(0)
