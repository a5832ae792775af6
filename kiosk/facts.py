"""What the kiosk's parts report to the desk. Facts carry no decisions."""

from __future__ import annotations

from dataclasses import dataclass

from device.facts import FieldFact
from kiosk.ports import Touch


@dataclass(frozen=True, slots=True)
class ButtonPressed:
    """The button on the bath's counter was pressed."""


@dataclass(frozen=True, slots=True)
class PageState:
    """What keeps the page from drawing, "" while it does."""

    problem: str


Fact = FieldFact | Touch | ButtonPressed | PageState
