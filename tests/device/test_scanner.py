"""Scanner modules: what they say becomes codes, what is no code becomes nothing, and they come and go."""

from __future__ import annotations

import errno
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.reader.messages import MAX_CODE_BYTES, MAX_CODES
from device.reader.scanner import CodeFramer, Scanner, ScannerLine, open_scanner
from device.reader.scanner_keyboard import KeyboardLine
from hil.virtual.scanners import KeyboardModule, SerialModule
from tests.device.reader_material import SLOW, Heard, eventually

PASS = "YP1:" + "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
"""Every character our codes have."""


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def module(tmp_path: Path) -> Iterator[SerialModule]:
    module = SerialModule(tmp_path / "scanner")
    module.plug()
    yield module
    module.unplug()


@pytest.fixture
def listening(module: SerialModule, heard: Heard) -> Iterator[Scanner]:
    listening = Scanner(str(module.path), 9600, heard.code, heard.state)
    listening.start()
    assert heard.wait(lambda: heard.states == [""], SLOW), heard.states
    yield listening
    listening.stop()


# What is a code


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n"])
def test_a_code_ends_with_its_line(end: bytes) -> None:
    assert CodeFramer().feed(PASS.encode() + end + b"YP1:B" + end) == [PASS.encode(), b"YP1:B"]


@pytest.mark.parametrize(
    "garbled",
    [b"YP1:\xff\xfe\r", b"YP1:\x00A\r", b"\x1b[A\r", "YP1:あ\r".encode(), b"\r\n\r\n", b"YP1:A\x7f\r"],
)
def test_what_is_garbled_is_dropped_and_the_next_code_is_read(garbled: bytes) -> None:
    assert CodeFramer().feed(garbled + b"YP1:NEXT\r") == [b"YP1:NEXT"]


def test_a_line_without_end_holds_no_more_than_the_longest_code() -> None:
    framer = CodeFramer()
    for _ in range(1000):
        assert framer.feed(b"A" * 4096) == []
    assert len(framer._begun) == MAX_CODE_BYTES
    assert framer.feed(b"\rYP1:NEXT\r") == [b"YP1:NEXT"]
    assert framer.feed(b"A" * MAX_CODE_BYTES + b"\r") == [b"A" * MAX_CODE_BYTES]


@given(st.lists(st.binary(max_size=80), max_size=12))
def test_any_bytes_cut_anywhere_give_only_printable_lines(parts: list[bytes]) -> None:
    framer, whole = CodeFramer(), CodeFramer()
    found = [code for part in parts for code in framer.feed(part)]
    assert found == whole.feed(b"".join(parts))
    assert all(
        0 < len(code) <= MAX_CODE_BYTES and code.isascii() and code.decode().isprintable() for code in found
    )


# On a serial line


@pytest.mark.usefixtures("listening")
def test_a_code_said_on_the_line_is_reported(module: SerialModule, heard: Heard) -> None:
    module.say(PASS.encode() + b"\r\n")
    assert heard.wait(lambda: heard.codes == [PASS.encode()], SLOW)


@pytest.mark.usefixtures("listening")
def test_a_code_said_in_pieces_is_one(module: SerialModule, heard: Heard) -> None:
    for piece in (b"YP1:", b"IN ", b"PIECES\r"):
        module.say(piece)
        time.sleep(0.02)
    assert heard.wait(lambda: heard.codes == [b"YP1:IN PIECES"], SLOW)


@pytest.mark.usefixtures("listening")
def test_a_code_cut_short_does_not_spoil_the_next(module: SerialModule, heard: Heard) -> None:
    module.say(b"YP1:CUT SH")
    time.sleep(1.6)
    module.say(b"YP1:WHOLE\r")
    assert heard.wait(lambda: heard.codes == [b"YP1:WHOLE"], SLOW), heard.codes


@pytest.mark.usefixtures("listening")
def test_a_code_full_of_line_ends_is_no_flood(module: SerialModule, heard: Heard) -> None:
    module.say(b"\r".join(b"%d" % number for number in range(500)) + b"\r")
    time.sleep(0.6)
    assert heard.codes == [b"%d" % number for number in range(MAX_CODES)]
    time.sleep(0.6)
    module.say(b"YP1:LATER\r")
    assert heard.wait(lambda: heard.codes[-1] == b"YP1:LATER", SLOW)


@pytest.mark.usefixtures("listening")
def test_a_module_pulled_is_said_and_its_return_noticed(module: SerialModule, heard: Heard) -> None:
    module.say(b"YP1:HALF")
    module.unplug()
    assert heard.wait(lambda: "plug its USB cable in again" in heard.problem, 3.0), heard.states
    module.plug()
    assert heard.wait(lambda: heard.problem == "", 5.0), heard.states
    module.say(b"YP1:BACK\r")
    assert heard.wait(lambda: heard.codes == [b"YP1:BACK"], SLOW), heard.codes


def test_what_was_said_before_the_bus_was_there_is_dropped(module: SerialModule, heard: Heard) -> None:
    module.say(b"YP1:OLD\r")
    listening = Scanner(str(module.path), 9600, heard.code, heard.state)
    listening.start()
    assert heard.wait(lambda: heard.states == [""], SLOW)
    module.say(b"YP1:NEW\r")
    assert heard.wait(lambda: bool(heard.codes), SLOW)
    listening.stop()
    assert heard.codes == [b"YP1:NEW"]


def test_stopping_takes_less_than_two_seconds(listening: Scanner) -> None:
    begun = time.monotonic()
    listening.stop()
    assert time.monotonic() - begun < 2.0
    assert not listening._thread.is_alive()


class Sleepy:
    """A line whose first word waits while the machine has no time for us."""

    def __init__(self, said: list[bytes], sleeps: list[float]) -> None:
        self.said = said
        self.now = 100.0
        self._sleeps = sleeps

    def monotonic(self) -> float:
        self.now += self._sleeps.pop(0) if self._sleeps else 0.0
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def read(self, seconds: float) -> bytes:
        if self.said:
            return self.said.pop(0)
        time.sleep(0.01)
        return b""

    def close(self) -> None:
        pass


def test_a_code_that_waited_while_the_machine_was_held_up_is_dropped(heard: Heard) -> None:
    # The clock is read as the line is opened, and then before and after each read.
    line = Sleepy([b"YP1:OLD\r", b"YP1:FRESH\r"], [0.0, 60.0])
    listening = Scanner("scanner", 9600, heard.code, heard.state, time=line, open_line=lambda *_: line)
    listening.start()
    assert heard.wait(lambda: bool(heard.codes), SLOW)
    listening.stop()
    assert heard.codes == [b"YP1:FRESH"]


# Modules that cannot be used


def raising(error: Exception) -> Callable[[str, int], ScannerLine]:
    def open_line(_: str, __: int) -> ScannerLine:
        raise error

    return open_line


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        (OSError(errno.ENOENT, "no"), "plug its USB cable in again"),
        (PermissionError(errno.EACCES, "no"), "groups dialout and input"),
        (OSError(errno.EBUSY, "no"), "ModemManager"),
        (OSError(errno.ENOTTY, "no"), "check device in its settings"),
        (ValueError("baud"), "check device in its settings"),
    ],
)
def test_a_module_that_cannot_be_used_is_said_with_the_remedy(
    error: Exception, remedy: str, heard: Heard
) -> None:
    listening = Scanner("/dev/ttyACM0", 9600, heard.code, heard.state, open_line=raising(error))
    listening.start()
    assert heard.wait(lambda: remedy in heard.problem and "/dev/ttyACM0" in heard.problem, SLOW), heard.states
    listening.stop()
    assert len(heard.states) == 1


def test_two_programs_do_not_share_a_module(module: SerialModule, listening: Scanner) -> None:
    other = Heard()
    second = Scanner(str(module.path), 9600, other.code, other.state)
    second.start()
    assert other.wait(lambda: "Another program uses the code scanner" in other.problem, SLOW), other.states
    second.stop()


# A keyboard


@pytest.fixture
def keys(tmp_path: Path) -> KeyboardModule:
    keys = KeyboardModule(tmp_path / "keys")
    keys.plug()
    return keys


@pytest.fixture
def typing(keys: KeyboardModule, heard: Heard) -> Iterator[Scanner]:
    def open_line(device: str, _: int) -> ScannerLine:
        return KeyboardLine(device, grab=keys.grab)

    typing = Scanner(str(keys.path), 9600, heard.code, heard.state, open_line=open_line)
    typing.start()
    assert heard.wait(lambda: heard.states == [""], SLOW), heard.states
    yield typing
    typing.stop()


@pytest.mark.usefixtures("typing")
def test_a_code_typed_is_reported_with_every_character(keys: KeyboardModule, heard: Heard) -> None:
    everything = "".join(map(chr, range(0x20, 0x7F)))
    keys.type(PASS)
    keys.type(everything)
    assert heard.wait(lambda: len(heard.codes) == 2, SLOW)
    assert heard.codes == [PASS.encode(), everything.encode()]


@pytest.mark.usefixtures("typing")
def test_the_keys_are_ours_alone(keys: KeyboardModule) -> None:
    assert keys.grabbed == 1


@pytest.mark.usefixtures("typing")
def test_a_key_that_repeats_or_locks_types_nothing_more(keys: KeyboardModule, heard: Heard) -> None:
    keys.type("YP1:", enter=False)
    keys.press(58)
    keys.event(1, 30, 1)
    keys.event(1, 30, 2)
    keys.event(1, 30, 0)
    keys.press(96)
    assert heard.wait(lambda: heard.codes == [b"YP1:a"], SLOW), heard.codes


@pytest.mark.usefixtures("typing")
@pytest.mark.parametrize(("kind", "code"), [(0, 3), (1, 59)], ids=["keys lost", "a key without character"])
def test_keys_lost_or_unknown_spoil_their_code_only(
    keys: KeyboardModule, heard: Heard, kind: int, code: int
) -> None:
    keys.type("YP1:SPO", enter=False)
    keys.event(kind, code, 1)
    keys.type("ILT")
    keys.type("YP1:WHOLE")
    assert heard.wait(lambda: heard.codes == [b"YP1:WHOLE"], SLOW), heard.codes


@pytest.mark.usefixtures("typing")
def test_a_keyboard_pulled_is_said_and_its_return_noticed(keys: KeyboardModule, heard: Heard) -> None:
    keys.unplug()
    assert heard.wait(lambda: "plug its USB cable in again" in heard.problem, 3.0), heard.states
    keys.plug()
    assert eventually(lambda: heard.problem == "", 5.0), heard.states
    keys.type("YP1:BACK")
    assert heard.wait(lambda: heard.codes == [b"YP1:BACK"], SLOW), heard.codes


def test_a_keyboard_that_cannot_be_had_alone_is_not_read(keys: KeyboardModule) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    with pytest.raises(OSError, match="ioctl"):
        KeyboardLine(str(keys.path))
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_the_devices_name_says_which_kind_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    home = "device.reader.scanner"
    monkeypatch.setattr(f"{home}_keyboard.KeyboardLine", lambda device: asked.append(f"keys {device}"))
    monkeypatch.setattr(f"{home}_serial.SerialLine", lambda device, baud: asked.append(f"{baud} {device}"))
    open_scanner("/dev/input/by-id/usb-scanner-event-kbd", 9600)
    open_scanner("/dev/ttyACM0", 115_200)
    assert asked == ["keys /dev/input/by-id/usb-scanner-event-kbd", "115200 /dev/ttyACM0"]


def test_no_thread_is_left_of_a_scanner_never_started() -> None:
    before = threading.active_count()
    Scanner("/dev/ttyACM0", 9600, print, print).stop()
    assert threading.active_count() == before
