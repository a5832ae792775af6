"""The GPS receiver on a serial port: opened, read, lost, opened again."""

from __future__ import annotations

import errno
import termios
import threading
from collections import deque

import serial

from device.clock import SystemTime, TimeSource
from rules.ride.locate import FRESH_S
from terminal.facts import FixSeen, ReceiverState
from terminal.ports import Report
from terminal.sensors.dates import DateVerdict
from terminal.sensors.fixes import FixBuilder, Reading, Told
from terminal.sensors.nmea import Refusal, SentenceFramer, parse_sentence
from terminal.sensors.recorder import Recorder

SILENT_SECONDS = 5.0
RETRY_SECONDS = 0.5
PAUSE_SECONDS = 0.2
"""How long a read waits. A receiver that pauses that long has said all about its moment."""
CHUNK = 4096
SPEEDS = (9600, 38_400, 115_200, 4800, 57_600, 19_200)
"""Those that receivers leave their makers with, the commonest first."""
TRY_SECONDS = 2.5
"""How long bytes may come without a right sentence before another speed is tried: two of a receiver's seconds."""

_WELL = ""
_FROZEN = (
    "GPS受信機が同じ位置を繰り返しているので使っていません。電源を入れ直してください。 / "
    "The GPS receiver repeats itself and is not used. Switch it off and on."
)
_JUMPED = (
    "GPSの位置が急に飛んだので使っていません。 / GPS is not used: it jumped to where no bus can have driven."
)
_NOTES = {
    DateVerdict.UNKNOWN: "",
    DateVerdict.GIVEN: "",
    DateVerdict.ROLLED: "受信しています。受信機の日付が古いので直しています。 / "
    "GPS works; the receiver's date is 1,024 weeks behind and is set right here.",
    DateVerdict.REFUSED: "受信しています。受信機の日付が正しくないので時刻には使っていません。 / "
    "GPS works; the receiver's date cannot be, so it does not give the time.",
}
_ABSENT = (
    "GPS受信機がつながっていません。ケーブルを差し直してください。 / "
    "The GPS receiver is not connected ({device}). Plug its cable in again."
)
_FORBIDDEN = (
    "GPS受信機を開く権限がありません。サービスをdialoutグループに加えてください。 / "
    "No permission to open the GPS receiver ({device}). Add the service to the group dialout."
)
_BUSY = (
    "GPS受信機を別のプログラムが使っています。そのプログラムを止めてください。 / "
    "Another program uses the GPS receiver ({device}). Stop that program (gpsd or ModemManager, often)."
)
_WRONG_SPEED = (
    "GPS受信機の速度設定（{baud}）が使えません。設定を直してください。 / "
    "The serial speed {baud} cannot be used. Correct it in the settings."
)
_SILENT = (
    "GPS受信機から何も届きません。ケーブルと電源を確かめてください。 / "
    "Nothing comes from the GPS receiver ({device}). Check its cable and its power."
)
_UNINTELLIGIBLE = (
    "GPS受信機の信号が読めません。速度設定（{baud}）を確かめてください。 / "
    "What the GPS receiver sends cannot be read. Check its serial speed in the settings ({baud})."
)
_SEARCHING = (
    "GPS受信機の信号が読めません。速度を順に試しています（今は{baud}）。 / "
    "What the GPS receiver sends cannot be read. Its speeds are tried one by one (now {baud})."
)


class Gps:
    """The receiver at `device`, a sensor of the terminal: reports `FixSeen` and, when it changes, `ReceiverState`.

    A receiver that is absent, unplugged, silent or unreadable is said in one sentence with its remedy, and it is tried
    anew twice a second until it is back; "" is said once it has sent a right sentence. So is one that is frozen or
    jumps: its fixes are not used. A receiver without a view of the sky is well: it gives no fix, and the last one grows
    old. `baud` is its speed, None to try those of SPEEDS until sentences come.
    `time` stamps the fixes; how long silence lasts is measured on it and on the machine's clock, whichever is slower.
    Dates are judged by `proven`, Unix seconds that have passed (None: taken as given). `recorder` gets every sentence.
    """

    def __init__(
        self,
        device: str,
        baud: int | None,
        time: TimeSource,
        report: Report,
        *,
        proven: int | None = None,
        recorder: Recorder | None = None,
    ) -> None:
        self._device = device
        self._speeds = deque(SPEEDS if baud is None else (baud,))
        self._time = time
        self._report = report
        self._proven = proven
        self._recorder = recorder
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="gps", daemon=True)
        self._said: ReceiverState | None = None
        self._date = DateVerdict.UNKNOWN

    def start(self) -> None:
        """Begin to report."""
        self._thread.start()

    def stop(self) -> None:
        """End within 2 seconds."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=2)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                with serial.Serial(
                    self._device, self._speeds[0], timeout=PAUSE_SECONDS, exclusive=True
                ) as port:
                    self._listen(port)
            except (OSError, termios.error) as broken:
                self._say(_wording(broken))
            except ValueError:
                self._say(_WRONG_SPEED)
            self._stopping.wait(RETRY_SECONDS)
        if self._recorder is not None:
            self._recorder.flush()

    def _listen(self, port: serial.Serial) -> None:
        """Until asked to stop; raises OSError or termios.error when the port is gone."""
        framer, builder = SentenceFramer(), FixBuilder(self._proven)
        silence, tried, doubts = _Silence(self._time), _Silence(self._time), _Doubts(self._time)
        heard_bytes = False
        while not self._stopping.is_set():
            # One byte is waited for, the rest taken along: the stamp is that of the read, not of a full buffer.
            data = port.read(1)
            mono = self._time.monotonic()
            data += port.read(min(port.in_waiting, CHUNK)) if data else b""
            heard_bytes = heard_bytes or bool(data)
            told = [] if data else builder.flush()
            doubts.hear(told)
            for raw in framer.feed(data):
                if self._recorder is not None:
                    self._recorder.keep(raw)
                sentence = parse_sentence(raw)
                if isinstance(sentence, Refusal):
                    continue
                silence.broken()
                tried.broken()
                heard_bytes = False
                new = builder.take(sentence, mono)
                doubts.hear(new)
                told += new
                self._say(doubts.wording)
            self._hand_on(told)
            if heard_bytes and tried.lasts(TRY_SECONDS) and len(self._speeds) > 1:
                self._speeds.rotate(-1)
                port.baudrate = self._speeds[0]
                tried.broken()
            if silence.lasts(SILENT_SECONDS):
                unreadable = _UNINTELLIGIBLE if len(self._speeds) == 1 else _SEARCHING
                self._say(unreadable if heard_bytes else _SILENT)

    def _hand_on(self, told: list[Told]) -> None:
        for reading in told:
            if isinstance(reading, Reading):
                self._date = reading.date
                is_rolled = reading.date is DateVerdict.ROLLED
                self._report(FixSeen(reading.fix, reading.wall, is_rolled))

    def _say(self, problem: str) -> None:
        """Report a state that differs from the one last said; one the full queue refused is said again."""
        note = _NOTES[self._date] or (self._recorder.problem if self._recorder else "")
        state = ReceiverState(problem.format(device=self._device, baud=self._speeds[0]), note)
        if state != self._said and self._report(state):
            self._said = state


class _Doubts:
    """Why a receiver that speaks is not believed; `wording` is "" while it is."""

    def __init__(self, time: TimeSource) -> None:
        self._without_fix = _Silence(time)
        self.wording = _WELL

    def hear(self, told: list[Told]) -> None:
        for one in told:
            if isinstance(one, Reading):
                self._without_fix.broken()
            if one is Refusal.JUMP:
                self.wording = _JUMPED
            elif one is not Refusal.REPEATED:
                self.wording = _WELL
            elif self._without_fix.lasts(FRESH_S):
                self.wording = _FROZEN


class _Silence:
    """How long no sentence has come: in a fast demo 5 of its seconds are over before the receiver can speak."""

    def __init__(self, time: TimeSource) -> None:
        self._clocks: tuple[TimeSource, TimeSource] = (time, SystemTime())
        self._since = self._now()

    def broken(self) -> None:
        self._since = self._now()

    def lasts(self, seconds: float) -> bool:
        return all(now - since > seconds for now, since in zip(self._now(), self._since, strict=True))

    def _now(self) -> tuple[float, float]:
        return self._clocks[0].monotonic(), self._clocks[1].monotonic()


def _wording(broken: OSError | termios.error) -> str:
    number = broken.errno if isinstance(broken, OSError) else None
    if number in {errno.EACCES, errno.EPERM}:
        return _FORBIDDEN
    if number in {errno.EBUSY, errno.EWOULDBLOCK}:
        return _BUSY
    return _ABSENT
