"""Lamps, buzzer, door contact, speed pulse and buttons on a Raspberry Pi. Nothing else of ours knows gpiozero."""

from __future__ import annotations

import os
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import gpiozero
from gpiozero.exc import PinFactoryFallback

BOUNCE_SECONDS = 0.05
"""A door's reed contact chatters for some milliseconds; a door cannot open and close within 50."""
PULSE_BOUNCE_SECONDS = 0.001
"""Edges nearer to each other are one: the fastest pulses we count, 300 a second, are 3.3 ms apart."""
BUTTON_BOUNCE_SECONDS = 0.03
"""No finger presses twice so fast, and no switch chatters so long."""
HOLD_SECONDS = 0.5
"""A button that is held repeats after so long, and so often."""
MOST_REPEATS = 40
"""20 s: nobody holds a button longer, but something wedged in it does."""


class PinsUnavailableError(Exception):
    """This machine has no usable pins, or a pin number is wrong or taken. The text says what to do."""


class Board:
    """The pins of one machine, by their BCM numbers as the settings give them.

    `runtime` is a directory this process may write (systemd's RuntimeDirectory). lgpio, the driver below
    gpiozero, makes a named pipe in the working directory as soon as it is loaded and fails in one it cannot
    write, so it is told to use `runtime` through `LG_WD`. `factory` is gpiozero's own choice (lgpio on a Pi)
    unless the bench hands in a mock.
    """

    def __init__(self, runtime: Path, factory: gpiozero.Factory | None = None) -> None:
        self._runtime = runtime
        self._factory = factory

    def lamp(self, pin: int) -> Lamp:
        """A lamp that is on while its pin is high; off to begin with."""
        with _said_clearly(pin):
            return Lamp(gpiozero.LED(pin, pin_factory=self._opened_factory()))

    def buzzer(self, pin: int) -> Buzzer:
        """A buzzer with a tone of its own that sounds while its pin is high; silent to begin with."""
        with _said_clearly(pin):
            return Buzzer(gpiozero.Buzzer(pin, pin_factory=self._opened_factory()))

    def door_contact(self, pin: int, on_change: Callable[[bool], object]) -> DoorContact:
        """A contact between pin and ground that is closed while the door is closed; a cut wire reads as an open door.

        `on_change` hears whether the door is open: at once as it stands now, then after each change that lasts 50 ms.
        """
        with _said_clearly(pin):
            device = gpiozero.DigitalInputDevice(
                pin, pull_up=True, bounce_time=BOUNCE_SECONDS, pin_factory=self._opened_factory()
            )
        contact = DoorContact(device, on_change)
        contact.watch()
        return contact

    def pulse_counter(self, pin: int) -> PulseCounter:
        """An open collector or optocoupler between pin and ground that conducts once in every pulse."""
        with _said_clearly(pin):
            counter = PulseCounter(
                gpiozero.InputDevice(pin, pull_up=True, pin_factory=self._opened_factory())
            )
            counter.watch()
        return counter

    def button(self, pin: int, on_press: Callable[[], object], *, repeats: bool = False) -> Button:
        """A push button between pin and ground that closes while it is pressed; a cut wire reads as not pressed.

        `on_press` is called once at each press; with `repeats` also twice a second while it is held.
        """
        with _said_clearly(pin):
            device = gpiozero.Button(
                pin,
                pull_up=True,
                bounce_time=BUTTON_BOUNCE_SECONDS,
                hold_time=HOLD_SECONDS,
                hold_repeat=repeats,
                pin_factory=self._opened_factory(),
            )
        button = Button(device, on_press, repeats=repeats)
        button.watch()
        return button

    def _opened_factory(self) -> gpiozero.Factory:
        if self._factory is None:
            self._factory = _machines_own_factory(self._runtime)
        return self._factory


@contextmanager
def _said_clearly(pin: int) -> Iterator[None]:
    try:
        yield
    except (gpiozero.GPIOZeroError, OSError) as wrong:
        raise PinsUnavailableError(
            f"GPIO{pin}が使えません。設定のピン番号を確かめてください。 / "
            f"GPIO{pin} cannot be used: {wrong}. Check the pin numbers in the settings."
        ) from wrong


def _machines_own_factory(runtime: Path) -> gpiozero.Factory:
    """gpiozero's choice. Its silent step down to drivers that miss a door's edges is an error here."""
    os.environ["LG_WD"] = str(runtime)
    here = Path.cwd()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", PinFactoryFallback)
            gpiozero.Device.ensure_pin_factory()
    except (gpiozero.GPIOZeroError, PinFactoryFallback, OSError, ImportError) as wrong:
        raise PinsUnavailableError(
            "GPIOが使えません。lgpioを入れ、サービスをgpioグループに加えてください。 / "
            f"The pins cannot be used: {wrong}. Install lgpio and add the service to the group gpio."
        ) from wrong
    finally:
        # lgpio moves the whole process to LG_WD; relative paths of ours must not notice.
        os.chdir(here)
    return gpiozero.Device.pin_factory


class Lamp:
    """One lamp."""

    def __init__(self, device: gpiozero.LED) -> None:
        self._device = device

    def on(self) -> None:
        """Light."""
        self._device.on()

    def off(self) -> None:
        """Go dark."""
        self._device.off()

    def close(self) -> None:
        """Dark, and the pin free for others."""
        self._device.off()
        self._device.close()


class Buzzer:
    """One buzzer."""

    def __init__(self, device: gpiozero.Buzzer) -> None:
        self._device = device

    def on(self) -> None:
        """Sound."""
        self._device.on()

    def off(self) -> None:
        """Be silent."""
        self._device.off()

    def close(self) -> None:
        """Silent, and the pin free for others."""
        self._device.off()
        self._device.close()


class DoorContact:
    """The door's contact.

    The callback runs in the driver's thread, one call at a time, never twice with the same state.
    """

    def __init__(self, device: gpiozero.DigitalInputDevice, on_change: Callable[[bool], object]) -> None:
        self._device = device
        self._on_change = on_change
        self._turn = threading.Lock()
        self._said: bool | None = None

    @property
    def is_open(self) -> bool:
        """How the door stands."""
        # The pin is pulled up, so gpiozero calls the grounded pin, a closed door, active.
        return not self._device.is_active

    def watch(self) -> None:
        """Report the state found, and from now on the changes."""
        self._device.when_activated = self._look
        self._device.when_deactivated = self._look
        self._look()

    def close(self) -> None:
        """No further reports, and the pin free for others."""
        self._device.close()

    def _look(self) -> None:
        with self._turn:
            is_open = self.is_open
            if is_open != self._said:
                self._said = is_open
                self._on_change(is_open)


class Button:
    """One button. Its callback runs in the driver's threads, one call at a time."""

    def __init__(self, device: gpiozero.Button, on_press: Callable[[], object], *, repeats: bool) -> None:
        self._device = device
        self._on_press = on_press
        self._repeats = repeats
        self._turn = threading.Lock()
        self._repeated = 0

    def watch(self) -> None:
        """Tell each press from now on. A button found pressed was not pressed by anybody now."""
        self._device.when_pressed = self._pressed
        if self._repeats:
            self._device.when_held = self._held

    def close(self) -> None:
        """No further calls, and the pin free for others."""
        self._device.close()

    def _pressed(self) -> None:
        with self._turn:
            self._repeated = 0
            self._on_press()

    def _held(self) -> None:
        with self._turn:
            if self._repeated < MOST_REPEATS:
                self._repeated += 1
                self._on_press()


class PulseCounter:
    """How many pulses there were.

    Only the falling edge counts. An optocoupler pulls down hard, while the resistor lets the pin rise slowly; and of
    one kind of edge the kernel takes each as it comes, without a look at the level, which may have changed since.

    Pulses wait for Python: up to 16 in the kernel, which lgpio's own thread empties twice a millisecond, then 4,096 in
    lgpio's pipe, 13 s of 300 a second. What no longer fits is lost without a word, as metres that were not driven.
    """

    def __init__(self, device: gpiozero.InputDevice) -> None:
        self._device = device
        self._count = 0

    @property
    def count(self) -> int:
        """Pulses since `watch`, for any thread."""
        return self._count

    def watch(self) -> None:
        """Count from now on."""
        # The bare pin: gpiozero's own input devices listen to both edges and set two events at each.
        pin = self._device.pin
        pin.edges = "falling"
        pin.bounce = PULSE_BOUNCE_SECONDS
        pin.when_changed = self._on_edge

    def close(self) -> None:
        """Count no further, and the pin free for others."""
        self._device.close()

    def _on_edge(self, _ticks: float, _state: int) -> None:
        # Without a lock: only the driver's one thread writes, and a number is read in one piece.
        self._count += 1
