"""Sentences of one moment put together to one position."""

from __future__ import annotations

from dataclasses import dataclass

from rules.ride.locate import Fix
from terminal.sensors.dates import DateVerdict, judge_date
from terminal.sensors.jumps import Jumps
from terminal.sensors.nmea import Gga, Gsa, Position, Refusal, Rmc, Sentence, Zda

SECONDS_OF_DAY = 86_400
PATIENCE = 3
"""Moments without a kind of sentence after which the receiver is taken not to send that kind."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A position and the time the receiver gives for it: Unix seconds, None while no date is known or believed."""

    fix: Fix
    wall: float | None
    date: DateVerdict


Told = Reading | Refusal


@dataclass(slots=True)
class _Moment:
    """What has been heard for one time of day."""

    time_of_day: float
    mono: float
    rmc: Rmc | None = None
    gga: Gga | None = None
    zda: Zda | None = None
    gsa_has_fix: bool | None = None
    is_over: bool = False


class FixBuilder:
    """Merges RMC and GGA of one time, in whichever order they come.

    RMC decides and gives time and motion; GGA gives dilution, satellites and the position these belong to.
    Any of them saying "no fix" means no position for that moment, and so does GSA (its latest verdict; of
    several constellations the best). GGA stands in only for a receiver that sends no RMC, once three moments have
    shown that it sends none; its date then comes from ZDA or from an RMC heard earlier, carried on by the monotonic
    clock. Each moment is told once, so a receiver that repeats itself gives nothing new; what gives no fix is told as
    the reason, once its moment is over. `proven` are Unix seconds that have passed, None to take every date as given.
    """

    def __init__(self, proven: int | None = None) -> None:
        self._proven = proven
        self._jumps = Jumps()
        self._moment: _Moment | None = None
        self._waiting: list[_Moment] = []
        """Over, with a fix by GGA; the receiver may turn out to send no RMC."""
        self._has_rmc = False
        self._without_rmc = 0
        self._without_gga = 0
        self._gsa_has_fix: bool | None = None
        self._last_told: float | None = None
        self._dated: tuple[float, float] | None = None
        """Unix seconds of a dated fix as the receiver gave them, and the monotonic seconds it came in at."""

    def take(self, sentence: Sentence, mono: float) -> list[Told]:
        """Hear one sentence that came in at `mono`. What it completes, oldest first; mostly nothing or one."""
        if isinstance(sentence, Gsa):
            self._hear_verdict(sentence)
            return []
        if not isinstance(sentence, Rmc | Gga | Zda):
            return []
        told: list[Told] = []
        if isinstance(sentence, Rmc):
            told += self._hear_of_rmc()
        if self._moment is None or sentence.time_of_day != self._moment.time_of_day:
            told += self._end_moment()
            if sentence.time_of_day is None:
                # Without a time it belongs to none.
                return [*told, sentence.why] if self._decides(sentence) else told
            self._moment = _Moment(sentence.time_of_day, mono)
        told += self._add(self._moment, sentence)
        if self._is_complete(self._moment):
            told += self._tell(self._moment)
        return told

    def flush(self) -> list[Told]:
        """Tell what was heard of a moment for which nothing more will come: the receiver paused, or went on."""
        return [] if self._moment is None else self._tell(self._moment)

    def finish(self) -> list[Told]:
        """Tell all that is left: nothing will come any more."""
        told = self._end_moment()
        if self._has_rmc:
            return told + self._hear_of_rmc()
        return told + self._tell_waiting()

    def _hear_of_rmc(self) -> list[Told]:
        dropped, self._waiting = self._waiting, []
        self._has_rmc = True
        self._without_rmc = 0
        return [Refusal.NO_RMC for _ in dropped]

    def _end_moment(self) -> list[Told]:
        ended, self._moment = self._moment, None
        if ended is None:
            return []
        told = self._tell(ended)
        why = None if ended.is_over else self._why_none(ended)
        self._without_rmc = 0 if ended.rmc else self._without_rmc + 1
        self._without_gga = 0 if ended.gga else self._without_gga + 1
        if ended.gsa_has_fix is not None:
            self._gsa_has_fix = ended.gsa_has_fix
        if why is Refusal.NO_RMC:
            self._waiting.append(ended)
        elif why is not None:
            told.append(why)
        if self._without_rmc >= PATIENCE:
            told += self._tell_waiting()
        return told

    def _tell_waiting(self) -> list[Told]:
        waiting, self._waiting = self._waiting, []
        return [
            self._reading(moment, moment.gga.position)
            for moment in waiting
            if moment.gga is not None and moment.gga.position is not None
        ]

    def _hear_verdict(self, sentence: Gsa) -> None:
        if self._moment is None:
            self._gsa_has_fix = sentence.has_fix
        else:
            self._moment.gsa_has_fix = bool(self._moment.gsa_has_fix) or sentence.has_fix

    def _decides(self, sentence: Sentence) -> bool:
        """Whether it is of the kind that decides for this receiver, so that reasons are counted once a moment."""
        return isinstance(sentence, Rmc) or (isinstance(sentence, Gga) and self._without_rmc >= PATIENCE)

    def _add(self, moment: _Moment, sentence: Rmc | Gga | Zda) -> list[Told]:
        told: list[Told] = []
        before = moment.rmc if isinstance(sentence, Rmc) else moment.gga
        if before is not None and not isinstance(sentence, Zda) and self._decides(sentence):
            told.append(Refusal.REPEATED if sentence.position else sentence.why)
        if isinstance(sentence, Rmc):
            moment.rmc = moment.rmc or sentence
        elif isinstance(sentence, Gga):
            moment.gga = moment.gga or sentence
        else:
            moment.zda = sentence
        # A clock may run on without satellites: the date counts only beside a fix of the same moment.
        if moment.zda and moment.gga and moment.gga.position and (moment.rmc is None or moment.rmc.position):
            self._dated = (moment.zda.day + moment.time_of_day, moment.mono)
        return told

    def _is_complete(self, moment: _Moment) -> bool:
        if moment.rmc and moment.gga:
            return True
        if moment.rmc:
            return self._without_gga >= PATIENCE
        return moment.gga is not None and self._without_rmc >= PATIENCE

    def _tell(self, moment: _Moment) -> list[Told]:
        if moment.is_over or moment.time_of_day == self._last_told or self._why_none(moment) is not None:
            return []
        decisive = moment.gga or moment.rmc
        # Where the two differ, GGA's is the one its dilution and satellites belong to.
        if decisive is None or decisive.position is None:
            return []
        return [self._reading(moment, decisive.position)]

    def _why_none(self, moment: _Moment) -> Refusal | None:
        """Why it gives no fix; None if it gives one, or nothing was said of a position."""
        verdict = self._gsa_has_fix if moment.gsa_has_fix is None else moment.gsa_has_fix
        if moment.rmc and moment.rmc.position is None:
            return moment.rmc.why
        if moment.gga and moment.gga.position is None:
            return moment.gga.why
        if (moment.rmc or moment.gga) and verdict is False:
            return Refusal.VERDICT
        if moment.gga and moment.rmc is None and self._without_rmc < PATIENCE:
            return Refusal.NO_RMC
        return Refusal.REPEATED if moment.time_of_day == self._last_told else None

    def _reading(self, moment: _Moment, position: Position) -> Told:
        moment.is_over = True
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
        if not self._jumps.believes(fix):
            return Refusal.JUMP
        return Reading(fix, *judge_date(self._wall(moment), self._proven))

    def _wall(self, moment: _Moment) -> float | None:
        if self._dated is None:
            return None
        wall, mono = self._dated
        expected = wall + (moment.mono - mono)
        return round((expected - moment.time_of_day) / SECONDS_OF_DAY) * SECONDS_OF_DAY + moment.time_of_day
