"""The button on the bath's counter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kiosk.facts import ButtonPressed

if TYPE_CHECKING:
    from collections.abc import Callable

    from device.pins import Board, Button
    from kiosk.facts import Fact


class CounterButton:
    """Reports each press, from the driver's thread."""

    def __init__(self, board: Board, pin: int, report: Callable[[Fact], bool]) -> None:
        self._board = board
        self._pin = pin
        self._report = report
        self._button: Button | None = None

    def start(self) -> None:
        """Open the pin and begin to tell. Raises `PinsUnavailableError` where there is none."""
        self._button = self._board.button(self._pin, lambda: self._report(ButtonPressed()))

    def stop(self) -> None:
        """End within 2 seconds."""
        if self._button is not None:
            self._button.close()
