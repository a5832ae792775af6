"""A bus with a scanner module, alone or beside a camera: one eye, one state, one place in the settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from device.facts import CameraState, CodeSeen
from device.reader.camera import Camera
from device.reader.module import EitherReads, Scanner
from device.settings import SettingsWrong, load_settings
from device.wiring import readers_of
from hil.virtual.scanners import SerialModule
from hil.virtual.settings_files import write_bus_settings
from terminal.facts import Fact
from terminal.settings import Settings
from tests.device.reader_material import SLOW, eventually

CAMERA = '[camera]\nsource = "socket:/run/camera"\n'
SCANNER = '[scanner]\ndevice = "/dev/ttyACM0"\n'


def settings_with(folder: Path, readers: str) -> Settings:
    """A bus's settings whose [camera] is replaced by `readers`."""
    path = write_bus_settings(
        folder / "bus.toml",
        name="bus-001",
        village="ohkura",
        issuer=1,
        data=folder,
        gps="/dev/serial0",
        camera="socket:/run/camera",
        broker_port=1883,
        password="p",
        screen_port=8480,
    )
    text = path.read_text(encoding="utf-8")
    assert CAMERA in text
    path.write_text(text.replace(CAMERA, readers), encoding="utf-8")
    return load_settings(path, Settings)


def refused(folder: Path, readers: str) -> str:
    with pytest.raises(SettingsWrong) as wrong:
        settings_with(folder, readers)
    (sentence,) = wrong.value.errors
    return sentence


def test_a_bus_may_have_a_camera_a_scanner_or_both(tmp_path: Path) -> None:
    assert settings_with(tmp_path, CAMERA).scanner is None
    alone = settings_with(tmp_path, SCANNER)
    assert alone.camera is None
    assert alone.scanner is not None
    assert (alone.scanner.device, alone.scanner.baud) == ("/dev/ttyACM0", 9600)
    both = settings_with(tmp_path, CAMERA + SCANNER + "baud = 115200\n")
    assert both.camera is not None
    assert both.scanner is not None
    assert both.scanner.baud == 115_200


def test_a_bus_without_either_is_told_what_to_write(tmp_path: Path) -> None:
    sentence = refused(tmp_path, "")
    assert sentence.startswith(f"{tmp_path / 'bus.toml'}: [camera] か [scanner]")
    assert sentence.endswith("write [camera] or [scanner], or both")


@pytest.mark.parametrize(
    ("readers", "remedy"),
    [
        ('[scanner]\ndevice = "ttyACM0"\n', "a place under /dev/"),
        ('[camera]\nsource = "camera:x"\n', "write camera:0"),
        ('[camera]\nsource = "camera:0"\ndistance_cm = 12\n', "it has focus, exposure_ms"),
        ('[camera]\nsource = "csi:0"\ndistance_cm = 1\n', "from 5 to 100"),
        ('[camera]\nsource = "file:/door.mp4"\nfocus = 60\n', "remove them"),
    ],
)
def test_settings_of_readers_that_cannot_be_are_refused_with_the_remedy(
    tmp_path: Path, readers: str, remedy: str
) -> None:
    assert remedy in refused(tmp_path, readers)


def test_what_a_camera_is_told_reaches_its_reader_as_one_setting(tmp_path: Path) -> None:
    text = '[camera]\nsource = "csi:0"\ndistance_cm = 12\nexposure_ms = 5\nexposure_bias = -1.5\n'
    camera = settings_with(tmp_path, text).camera
    assert camera is not None
    assert camera.setting == "csi:0,distance_cm=12,exposure_ms=5.0,exposure_bias=-1.5"
    plain = settings_with(tmp_path, CAMERA).camera
    assert plain is not None
    assert plain.setting == "socket:/run/camera"


def test_a_scanner_reports_the_same_facts_as_a_camera(tmp_path: Path) -> None:
    facts: list[Fact] = []

    def report(fact: Fact, /) -> bool:
        facts.append(fact)
        return True

    module = SerialModule(tmp_path / "scanner")
    sensor = Scanner(str(module.path), 9600, report)
    sensor.start()
    assert eventually(lambda: len(facts) == 1, 3.0)
    assert isinstance(facts[0], CameraState)
    assert "is not connected" in facts[0].problem
    module.plug()
    assert eventually(lambda: facts[1:] == [CameraState("")], 5.0), facts
    module.say(b"YP1:RIDER\r")
    assert eventually(lambda: facts[2:] == [CodeSeen(b"YP1:RIDER")], SLOW), facts
    sensor.stop()
    module.unplug()


def test_while_one_of_two_reads_what_the_other_lacks_is_a_note() -> None:
    facts: list[Fact] = []

    def take(fact: Fact, /) -> bool:
        facts.append(fact)
        return True

    both = EitherReads(take)
    camera, scanner = both.report_of("camera"), both.report_of("scanner")
    camera(CameraState("no camera"))
    scanner(CameraState("no scanner"))
    camera(CameraState("", "a dirty lens"))
    scanner(CameraState(""))
    assert camera(CodeSeen(b"YP1:A"))
    assert facts == [
        CameraState("no camera"),
        CameraState("no camera ・ no scanner"),
        CameraState("", "a dirty lens ・ no scanner"),
        CameraState("", "a dirty lens"),
        CodeSeen(b"YP1:A"),
    ]


@pytest.mark.parametrize(
    ("readers", "sensors"), [(CAMERA, [Camera]), (SCANNER, [Scanner]), (CAMERA + SCANNER, [Camera, Scanner])]
)
def test_the_bus_is_wired_with_the_readers_it_has(tmp_path: Path, readers: str, sensors: list[type]) -> None:
    settings = settings_with(tmp_path, readers)
    wired = readers_of(settings.camera, settings.scanner, lambda _: True)
    assert [type(sensor) for sensor in wired] == sensors
