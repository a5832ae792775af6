"""Lamps, buzzer and voice as one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from device.reader.messages import Hint
    from terminal.ports import Signals
    from terminal.signals.told import Told


class Together:
    """Several `Signals`, each told in turn: the lamps stand first."""

    def __init__(self, *signals: Signals) -> None:
        self._signals = signals

    def answer(self, told: Told) -> None:
        """Show and sound one answer."""
        for each in self._signals:
            each.answer(told)

    def help(self, hint: Hint) -> None:
        """Say how to hold a code."""
        for each in self._signals:
            each.help(hint)

    def fault(self) -> None:
        """The red lamp, and the last words."""
        for each in self._signals:
            each.fault()
