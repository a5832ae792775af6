"""The benchmark of the reader: it counts presentations, compares on the same pictures, speaks the surface's JSON."""

from __future__ import annotations

import ctypes.util
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from hil.virtual.door_scenes import FRAMES, SCENES, present
from hil.virtual.scenes import HEIGHT, WIDTH, phone_frame
from tests.bench import __main__ as cli
from tests.bench import scan
from tests.bench.machine import NoRealDisk, make_on_disk
from tests.device.reader_material import door_text

pytestmark = pytest.mark.skipif(
    ctypes.util.find_library("zbar") is None, reason="libzbar0 is not installed; ./dev test installs it"
)


@pytest.fixture
def disk() -> Iterator[Path]:
    try:
        make_on_disk(cli.DATA)
    except NoRealDisk as reason:
        pytest.skip(str(reason))
    with tempfile.TemporaryDirectory(dir=cli.DATA) as folder:
        yield Path(folder)


@pytest.mark.parametrize("name", SCENES)
def test_a_scene_is_eight_pictures_that_the_same_seed_draws_again(name: str) -> None:
    pictures = [list(present("YP1:A", np.random.default_rng(3), SCENES[name])) for _ in range(2)]
    assert [picture.shape for picture in pictures[0]] == [(HEIGHT, WIDTH)] * FRAMES
    assert all(np.array_equal(one, other) for one, other in zip(*pictures, strict=True))
    assert not np.array_equal(pictures[0][0], pictures[0][-1])


def test_a_short_run_without_the_images_says_all_that_scripts_rely_on(
    disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan, "QR", disk / "missing")
    monkeypatch.setattr(scan, "SPEED_RUNS", 3)
    names = ("plain", "all_at_once")
    monkeypatch.setattr(scan, "SCENES", {name: SCENES[name] for name in names})
    monkeypatch.setattr(scan, "TYPICAL", names[:1])
    monkeypatch.setattr(scan, "HARD", names[1:])
    heard: list[int] = []
    measured = scan.measure(disk, 1, heard.append)
    document = json.loads(measured.to_json())
    assert (document["name"], document["runs"], heard) == ("scan", 1, [1])
    assert document["ratios"].keys() == document["targets"].keys() == document["bounds"].keys()
    assert document["metrics"]["plain_long_read_percent"] == 100
    assert document["metrics"]["empty_640x480_fps"] > 0
    assert "images_of_union" not in document["ratios"]
    assert "not measured" in measured.table[-1][0]


def test_images_are_read_by_all_and_a_text_that_only_we_give_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(6)
    cv2.imwrite(str(tmp_path / "code.png"), phone_frame(door_text(rng), rng))
    cv2.imwrite(str(tmp_path / "blank.png"), np.full((300, 300), 200, np.uint8))
    images = scan._images(tmp_path)
    assert (images.shown, images.read["ours"], images.read["union"], images.alone) == (2, 1, 1, 0)
    monkeypatch.setattr(scan, "read_texts", lambda _: ["something else"])
    assert scan._images(tmp_path).alone == 2
