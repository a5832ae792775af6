"""A bus on the real link: the real loop, journal, sync and MQTT, on threads of its own. Lamps and riders are made."""

from __future__ import annotations

import queue
import time

from device.clock import AGREEING, Clock, SystemTime
from device.facts import CodeSeen
from device.identity import Identity
from device.reader.messages import Hint
from rules.ride.locate import Fix
from rules.ride.outcomes import Outcome
from terminal.bus import Bus
from terminal.facts import FixSeen, TripChosen, TripDone
from terminal.loop import Loop
from terminal.signals.told import Told
from tests.faults.field_machine import CountedLink, FieldMachine
from tests.faults.scale import PATIENCE_S
from tests.ride.builders import DAY, ISSUER, NOW, STOPS, edition
from tests.terminal.loop_bench import text_of

ON_BOARD = 20
"""Riders on one trip; then it ends, so that a bus of 500 taps carries no more at once than one of 50."""


class Lamps:
    """Hands every answer on, with the moment at which it was shown."""

    def __init__(self) -> None:
        self.shown: queue.Queue[tuple[Outcome, float]] = queue.Queue()
        self.faulty = False

    def answer(self, told: Told) -> None:
        self.shown.put((told.outcome, time.perf_counter()))

    def help(self, hint: Hint) -> None:
        pass

    def fault(self) -> None:
        self.faulty = True


class FieldBus(FieldMachine):
    """One bus with its riders."""

    _loop: Loop
    _lamps: Lamps
    _riders = 0

    @property
    def _own(self) -> Loop:
        return self._loop

    def start(self) -> None:
        super().start()
        for _ in range(AGREEING):
            assert self._loop.report(self._fix())

    def stop(self) -> None:
        super().stop()
        assert not self._lamps.faulty

    def tap(self) -> float:
        """A new rider boards; seconds from the code to the green lamp."""
        if self._riders % ON_BOARD == 0:
            assert self._loop.report(TripDone())
            assert self._loop.report(TripChosen("t1", DAY))
        self._riders += 1
        assert self._loop.report(self._fix())
        code = text_of(self._office.phone().code(int(self._wall())))
        begun = time.perf_counter()
        assert self._loop.report(CodeSeen(code))
        outcome, shown = self._lamps.shown.get(timeout=PATIENCE_S)
        assert outcome is Outcome.OK
        self.greens += 1
        return shown - begun

    def end_trip(self) -> None:
        """Everybody leaves; the next rider finds a new trip."""
        self._riders += -self._riders % ON_BOARD
        assert self._loop.report(TripDone())

    def _fix(self) -> FixSeen:
        at = edition().stops[STOPS[0]]
        mono = SystemTime().monotonic()
        return FixSeen(Fix(mono, at.lat, at.lon, 0.0, None, 1.0, 9), NOW + mono - self._began)

    def _make(self, link: CountedLink) -> None:
        lists = self._lists()
        lists.editions[1] = edition()
        time_source = SystemTime()
        self._lamps = Lamps()
        self._loop = Loop(
            Bus(
                unit=self.device,
                demo=True,
                issuer=ISSUER,
                version="1.2.3",
                identity=Identity(self.device, self._signing, self._keys.root_public),
                journal=self.journal,
                lists=lists,
                clock=Clock(time_source, "boot", self.journal.floor),
                real=time_source,
                signals=self._lamps,
                link=link,
                publish=lambda _snapshot: None,
            )
        )
