"""The pins of one virtual bus: what it lights can be heard, its door moved and its wheels turned."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

from gpiozero.pins.mock import MockFactory, MockPin

_KEPT_STATES = 64

Listener = Callable[[bool], object]


class VirtualPins:
    """A board of mock pins. Hand `factory` to `device.pins.Board`; pins are named by their BCM numbers.

    Listeners, the door's reports and the pulses' counting run at once, in the thread that changes the pin.
    """

    def __init__(self) -> None:
        self.factory: MockFactory = _WatchedFactory()

    def on_change(self, pin: int, listener: Listener) -> None:
        """Call `listener(is_high)` on each change of `pin` from now on, whoever makes it."""
        self.factory.listeners[f"GPIO{pin}"].append(listener)

    def is_high(self, pin: int) -> bool:
        """The pin's level now."""
        return bool(self.factory.pin(pin).state)

    def drive(self, pin: int, *, high: bool) -> None:
        """Put a level on an input from outside; it stays against the bus's own pull resistor."""
        self.factory.pin(pin).drive(high=high)

    def set_door(self, pin: int, *, is_open: bool) -> None:
        """Open or close the door whose contact is at `pin`: closed, it grounds the pin."""
        self.drive(pin, high=is_open)

    def pulse(self, pin: int, times: int = 1) -> None:
        """Ground the pin and let go of it, so many times: the vehicle's speed pulse behind its optocoupler."""
        for _ in range(times):
            self.drive(pin, high=False)
            self.drive(pin, high=True)

    def hold(self, pin: int, *, pressed: bool) -> None:
        """Press the button at the pin, or let go of it: pressed, it grounds the pin."""
        self.drive(pin, high=not pressed)

    def press(self, pin: int, times: int = 1) -> None:
        """Press the button and let go of it, so many times."""
        self.pulse(pin, times)


class _WatchedFactory(MockFactory):  # type: ignore[misc]  # gpiozero carries no types
    def __init__(self) -> None:
        super().__init__(pin_class=_WatchedPin)
        self.listeners: dict[str, list[Listener]] = defaultdict(list)


class _WatchedPin(MockPin):  # type: ignore[misc]  # gpiozero carries no types
    """A mock pin that tells its changes, and on which a level from outside outlasts a change of the pull."""

    _driven: bool | None = None

    def drive(self, *, high: bool) -> None:
        self._driven = high
        (self.drive_high if high else self.drive_low)()

    def _set_pull(self, value: str) -> None:
        super()._set_pull(value)
        if self._driven is not None:
            self.drive(high=self._driven)

    def _change_state(self, value: bool) -> bool:
        changed = bool(super()._change_state(value))
        if changed:
            # The mock remembers every state it ever had; a bench that runs for days must not.
            del self.states[:-_KEPT_STATES]
            for listener in self.factory.listeners[self.info.name]:
                listener(bool(value))
        return changed
