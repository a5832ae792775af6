"""The GPS receiver on a serial port: opened, read, lost, opened again."""

from __future__ import annotations

import errno
import termios
import threading

import serial

from device.clock import SystemTime, TimeSource
from terminal.facts import FixSeen, ReceiverState
from terminal.ports import Report
from terminal.sensors.fixes import FixBuilder
from terminal.sensors.nmea import SentenceFramer, parse_sentence

SILENT_SECONDS = 5.0
RETRY_SECONDS = 0.5
PAUSE_SECONDS = 0.2
"""How long a read waits. A receiver that pauses that long has said all about its moment."""
CHUNK = 4096

_WELL = ""
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


class Gps:
    """The receiver at `device`, a sensor of the terminal: reports `FixSeen` and, when it changes, `ReceiverState`.

    A receiver that is absent, unplugged, silent or unreadable is said in one sentence with its remedy, and it is tried
    anew twice a second until it is back; "" is said once it has sent a right sentence. A receiver without a view of the
    sky is well: it gives no fix, and the last one grows old.
    `time` stamps the fixes; how long silence lasts is measured on it and on the machine's clock, whichever is slower.
    """

    def __init__(self, device: str, baud: int, time: TimeSource, report: Report) -> None:
        self._device = device
        self._baud = baud
        self._time = time
        self._report = report
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="gps", daemon=True)
        self._said: str | None = None

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
                with serial.Serial(self._device, self._baud, timeout=PAUSE_SECONDS, exclusive=True) as port:
                    self._listen(port)
            except (OSError, termios.error) as broken:
                self._say(_wording(broken))
            except ValueError:
                self._say(_WRONG_SPEED)
            self._stopping.wait(RETRY_SECONDS)

    def _listen(self, port: serial.Serial) -> None:
        """Until asked to stop; raises OSError or termios.error when the port is gone."""
        framer, builder = SentenceFramer(), FixBuilder()
        silence = _Silence(self._time)
        heard_bytes = False
        while not self._stopping.is_set():
            # One byte is waited for, the rest taken along: the stamp is that of the read, not of a full buffer.
            data = port.read(1)
            mono = self._time.monotonic()
            data += port.read(min(port.in_waiting, CHUNK)) if data else b""
            heard_bytes = heard_bytes or bool(data)
            readings = [] if data else builder.flush()
            for raw in framer.feed(data):
                sentence = parse_sentence(raw)
                if sentence is None:
                    continue
                silence.broken()
                heard_bytes = False
                self._say(_WELL)
                readings += builder.take(sentence, mono)
            for reading in readings:
                self._report(FixSeen(reading.fix, reading.wall))
            if silence.lasts():
                self._say(_UNINTELLIGIBLE if heard_bytes else _SILENT)

    def _say(self, problem: str) -> None:
        """Report a state that differs from the one last said; one the full queue refused is said again."""
        wording = problem.format(device=self._device, baud=self._baud)
        if wording != self._said and self._report(ReceiverState(wording)):
            self._said = wording


class _Silence:
    """How long no sentence has come: in a fast demo 5 of its seconds are over before the receiver can speak."""

    def __init__(self, time: TimeSource) -> None:
        self._clocks: tuple[TimeSource, TimeSource] = (time, SystemTime())
        self._since = self._now()

    def broken(self) -> None:
        self._since = self._now()

    def lasts(self) -> bool:
        return all(now - since > SILENT_SECONDS for now, since in zip(self._now(), self._since, strict=True))

    def _now(self) -> tuple[float, float]:
        return self._clocks[0].monotonic(), self._clocks[1].monotonic()


def _wording(broken: OSError | termios.error) -> str:
    number = broken.errno if isinstance(broken, OSError) else None
    if number in {errno.EACCES, errno.EPERM}:
        return _FORBIDDEN
    if number in {errno.EBUSY, errno.EWOULDBLOCK}:
        return _BUSY
    return _ABSENT
