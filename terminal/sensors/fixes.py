"""Sentences of one moment put together to one position."""

from __future__ import annotations

from dataclasses import dataclass

from rules.ride.locate import Fix
from terminal.sensors.nmea import Gga, Gsa, Position, Rmc, Sentence, Zda

SECONDS_OF_DAY = 86_400
PATIENCE = 3
"""Moments without a kind of sentence after which the receiver is taken not to send that kind."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A position and the time the receiver gives for it: Unix seconds, None while no date is known."""

    fix: Fix
    wall: float | None


@dataclass(slots=True)
class _Moment:
    """What has been heard for one time of day."""

    time_of_day: float
    mono: float
    rmc: Rmc | None = None
    gga: Gga | None = None
    zda: Zda | None = None
    gsa_has_fix: bool | None = None
    told: bool = False


class FixBuilder:
    """Merges RMC and GGA of one time, in whichever order they come.

    RMC decides and gives time and motion; GGA gives dilution, satellites and the position these belong to.
    Any of them saying "no fix" means no position for that moment, and so does GSA (its latest verdict; of
    several constellations the best). GGA stands in only for a receiver that sends no RMC; its date then comes
    from ZDA or from an RMC heard earlier, carried on by the monotonic clock. Each moment is told once, so a
    receiver that repeats itself gives nothing new.
    """

    def __init__(self) -> None:
        self._moment: _Moment | None = None
        self._without_rmc = 0
        self._without_gga = 0
        self._gsa_has_fix: bool | None = None
        self._last_told: float | None = None
        self._dated: tuple[float, float] | None = None
        """Unix seconds of a dated fix, and the monotonic seconds it came in at."""

    def take(self, sentence: Sentence, mono: float) -> list[Reading]:
        """Hear one sentence that came in at `mono`. The readings it completes, oldest first; mostly none or one."""
        if isinstance(sentence, Gsa):
            self._hear_verdict(sentence)
            return []
        if not isinstance(sentence, Rmc | Gga | Zda):
            return []
        if isinstance(sentence, Rmc):
            self._without_rmc = 0
        readings = []
        if self._moment is None or sentence.time_of_day != self._moment.time_of_day:
            readings = self.flush()
            self._begin(sentence, mono)
        if self._moment is not None and sentence.time_of_day is not None:
            self._add(self._moment, sentence)
            if self._is_complete(self._moment):
                readings += self._tell(self._moment)
        return readings

    def flush(self) -> list[Reading]:
        """Tell what was heard of a moment for which nothing more will come: the receiver paused, or went on."""
        return [] if self._moment is None else self._tell(self._moment)

    def _begin(self, sentence: Rmc | Gga | Zda, mono: float) -> None:
        ended = self._moment
        if ended is not None:
            self._without_rmc = 0 if ended.rmc else self._without_rmc + 1
            self._without_gga = 0 if ended.gga else self._without_gga + 1
            if ended.gsa_has_fix is not None:
                self._gsa_has_fix = ended.gsa_has_fix
        self._moment = None if sentence.time_of_day is None else _Moment(sentence.time_of_day, mono)

    def _hear_verdict(self, sentence: Gsa) -> None:
        if self._moment is None:
            self._gsa_has_fix = sentence.has_fix
        else:
            self._moment.gsa_has_fix = bool(self._moment.gsa_has_fix) or sentence.has_fix

    def _add(self, moment: _Moment, sentence: Rmc | Gga | Zda) -> None:
        if isinstance(sentence, Rmc):
            moment.rmc = moment.rmc or sentence
        elif isinstance(sentence, Gga):
            moment.gga = moment.gga or sentence
        else:
            moment.zda = sentence
        # A clock may run on without satellites: the date counts only beside a fix of the same moment.
        if moment.zda and moment.gga and moment.gga.position and (moment.rmc is None or moment.rmc.position):
            self._dated = (moment.zda.day + moment.time_of_day, moment.mono)

    def _is_complete(self, moment: _Moment) -> bool:
        if moment.rmc and moment.gga:
            return True
        if moment.rmc:
            return self._without_gga >= PATIENCE
        return moment.gga is not None and self._without_rmc >= PATIENCE

    def _tell(self, moment: _Moment) -> list[Reading]:
        if moment.told or moment.time_of_day == self._last_told:
            return []
        position = self._position(moment)
        if position is None:
            return []
        moment.told = True
        self._last_told = moment.time_of_day
        rmc, gga = moment.rmc, moment.gga
        if rmc and rmc.day is not None:
            self._dated = (rmc.day + moment.time_of_day, moment.mono)
        fix = Fix(
            mono=moment.mono,
            lat=position.lat,
            lon=position.lon,
            speed_mps=rmc.speed_mps if rmc else None,
            course_deg=rmc.course_deg if rmc else None,
            hdop=gga.hdop if gga else None,
            satellites=gga.satellites if gga else None,
        )
        return [Reading(fix, self._wall(moment))]

    def _position(self, moment: _Moment) -> Position | None:
        verdict = self._gsa_has_fix if moment.gsa_has_fix is None else moment.gsa_has_fix
        if verdict is False or (moment.gga and moment.gga.position is None):
            return None
        if moment.rmc is None:
            return moment.gga.position if moment.gga and self._without_rmc >= PATIENCE else None
        if moment.rmc.position is None:
            return None
        # Where the two differ, GGA's is the one its dilution and satellites belong to.
        return moment.gga.position if moment.gga else moment.rmc.position

    def _wall(self, moment: _Moment) -> float | None:
        if self._dated is None:
            return None
        wall, mono = self._dated
        expected = wall + (moment.mono - mono)
        return round((expected - moment.time_of_day) / SECONDS_OF_DAY) * SECONDS_OF_DAY + moment.time_of_day
