"""The figures that the office can publish."""

from __future__ import annotations

from central.figures.rides_between import RIDES_BETWEEN

FIGURES = (RIDES_BETWEEN,)
"""Every one, under its slug. Tables that overlap can be subtracted: whoever adds one says why these two cannot."""
