"""Which camera `./dev demo --camera` takes, and what it says where there is none."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from hil import door_camera
from hil.door_camera import NoCamera, find_camera


def plugged_in(monkeypatch: pytest.MonkeyPatch, *nodes: str) -> None:
    monkeypatch.setattr(door_camera, "usb_cameras", lambda: list(nodes))


def test_a_number_is_the_place_among_the_usb_cameras(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    node = tmp_path / "video2"
    node.touch()
    plugged_in(monkeypatch, str(node))
    assert find_camera("0") == "camera:0"
    with pytest.raises(NoCamera, match="video2"):
        find_camera("1")


def test_without_any_camera_it_says_to_plug_one_in(monkeypatch: pytest.MonkeyPatch) -> None:
    plugged_in(monkeypatch)
    with pytest.raises(NoCamera, match="USBに差して"):
        find_camera("0")


def test_one_that_may_not_be_opened_is_said_with_the_remedy(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    node = tmp_path / "video0"
    node.touch()
    plugged_in(monkeypatch, str(node))
    monkeypatch.setattr("os.access", lambda *_: False)
    with pytest.raises(NoCamera, match="usermod -aG video"):
        find_camera("0")


@pytest.mark.parametrize(
    ("wanted", "remedy"),
    [
        ("camera:/dev/v4l/by-id/none", "ls /dev/v4l/by-id"),
        ("file:/nowhere/door.mp4", "door.mp4"),
        ("webcam", "camera:0"),
        ("", "camera:0"),
        ("-1", "camera:0"),
    ],
)
def test_what_is_not_there_or_no_camera_is_said_with_the_remedy(wanted: str, remedy: str) -> None:
    with pytest.raises(NoCamera, match=remedy):
        find_camera(wanted)


def test_any_other_setting_of_a_bus_is_taken_as_it_is(tmp_path: Path) -> None:
    film = tmp_path / "door.mp4"
    film.touch()
    for setting in (f"file:{film}", "csi:0", "http://192.168.1.9/video"):
        assert find_camera(setting) == setting


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--camera", "97"), 1, "カメラ 97 がありません"),
        (("--camera", "0", "--speed", "5"), 2, "早送りできません"),
        (("--lan", "8.8.8.8"), 1, "8.8.8.8"),
        (("--lan", "bank.example.com"), 1, "laptop.local"),
        (("--lan", "--speed", "5"), 2, "早送りできません"),
    ],
)
def test_the_demo_refuses_in_plain_words_before_anything_starts(
    arguments: tuple[str, ...], code: int, words: str, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "hil.demo", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "XDG_DATA_HOME": str(tmp_path)},
    )
    assert (done.returncode, "Traceback" in done.stderr) == (code, False), done.stderr
    assert words in done.stderr
    assert list(tmp_path.iterdir()) == []
