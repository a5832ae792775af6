"""A kiosk on the real link: the real desk, journal, sync and MQTT, on threads of its own. Guests are made."""

from __future__ import annotations

import queue
import time
from dataclasses import replace

from device.clock import Clock, SystemTime
from device.facts import CodeSeen
from device.identity import Identity
from kiosk.counter import TREMBLE_S
from kiosk.desk import Desk
from kiosk.ports import HideCode, MessageKind, Snapshot
from kiosk.station import Station
from tests.faults.field_machine import CountedLink, FieldMachine
from tests.faults.scale import PATIENCE_S
from tests.kiosk.desk_bench import ADDRESS, KIOSK, ONE, RULES
from tests.ride.builders import ISSUER
from tests.terminal.loop_bench import text_of

BUSY = replace(RULES, codes_an_hour=1_000)
"""Rules of a kiosk at which more guests stand than anywhere."""


class Screen:
    """Hands every code on, and every card that was taken, with the moment at which it was shown or heard."""

    def __init__(self) -> None:
        self.told: queue.Queue[tuple[int, float]] = queue.Queue()
        self._last = 0

    def publish(self, snapshot: Snapshot) -> None:
        for code in snapshot.codes:
            if code.number > self._last:
                self._last = code.number
                self.told.put((code.number, time.perf_counter()))

    def say(self, kind: MessageKind) -> None:
        """A card has no code that could be shown: who holds one up hears it."""
        if kind is MessageKind.CARD_DONE:
            self.told.put((0, time.perf_counter()))


class FieldKiosk(FieldMachine):
    """One kiosk with its guests: who has a card shows it, and as often as a finger can, somebody touches."""

    _desk: Desk
    _screen: Screen
    _touched = 0.0

    @property
    def _own(self) -> Desk:
        return self._desk

    def tap(self) -> float:
        """A guest comes; seconds from the touch to the code, or from the card to the sound."""
        touches = time.monotonic() - self._touched > TREMBLE_S + 0.1
        fact = ONE if touches else CodeSeen(text_of(self._office.card()))
        begun = time.perf_counter()
        assert self._desk.report(fact)
        number, told = self._screen.told.get(timeout=PATIENCE_S)
        assert bool(number) == touches
        if touches:
            self._touched = time.monotonic()
            assert self._desk.report(HideCode(number))
        self.greens += 1
        return told - begun

    def _make(self, link: CountedLink) -> None:
        lists = self._lists()
        lists.cards, lists.denied = self._office.cards, self._office.denied
        time_source = SystemTime()
        self._screen = Screen()
        self._desk = Desk(
            Station(
                unit=self.device,
                number=KIOSK,
                issuer=ISSUER,
                address=ADDRESS,
                demo=True,
                version="1.2.3",
                rules=BUSY,
                identity=Identity(self.device, self._signing, self._keys.root_public),
                journal=self.journal,
                lists=lists,
                clock=Clock(time_source, "boot", self.journal.floor),
                real=time_source,
                sound=self._screen,
                link=link,
                publish=self._screen.publish,
                network_time=self._wall,
                has_camera=True,
            )
        )
