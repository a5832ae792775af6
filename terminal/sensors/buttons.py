"""The driver's four buttons. They move the page's focus, so they tell the page's server, not the loop."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from device.pins import Board, Button
from terminal.screen.keys import Key

MOVES = frozenset({Key.LEFT, Key.RIGHT})
"""Held, they go on moving. A held ● does its thing once."""


class Buttons:
    """Presses of the buttons at `pins`, told to `press` from the driver's threads."""

    def __init__(self, board: Board, pins: Mapping[Key, int], press: Callable[[Key], object]) -> None:
        self._board = board
        self._pins = pins
        self._press = press
        self._buttons: list[Button] = []

    def start(self) -> None:
        """Open the pins and begin to tell. Raises `PinsUnavailableError` where there are none."""
        for key, pin in self._pins.items():
            self._buttons.append(self._board.button(pin, self._teller(key), repeats=key in MOVES))

    def stop(self) -> None:
        """End within 2 seconds."""
        for button in self._buttons:
            button.close()

    def _teller(self, key: Key) -> Callable[[], object]:
        return lambda: self._press(key)
