"""`./dev demo --camera` on a bench: the camera that is named is the door of the demo's bus (hil/README.md)."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import cv2
import numpy as np
import pytest

from hil.bench import JAPAN, Bench
from hil.demo import LINE, Wish, set_up
from hil.door_camera import find_camera
from hil.journey import Journey
from hil.test_camera import REAL_CODE, SETTING
from hil.virtual.camera import VirtualCamera
from hil.virtual.scenes import phone_frame
from provisioning.broker import find_mosquitto

pytestmark = [
    pytest.mark.skipif(find_mosquitto() is None, reason="mosquitto is not installed"),
    pytest.mark.timeout(240),
]
READY_S = 60.0
ANSWER_S = 15
NO_PASS = "YP1:RIDER"


@contextmanager
def virtual_bench(folder: Path) -> Iterator[str]:
    with VirtualCamera(folder / "door.sock") as camera:
        camera.show(phone_frame(NO_PASS, np.random.default_rng(1)))
        yield camera.setting


@contextmanager
def film_bench(_: Path) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        # Root's reader becomes nobody before it looks, and pytest's folders are root's alone.
        Path(folder).chmod(0o755)
        film = Path(folder) / "door.png"
        cv2.imwrite(str(film), phone_frame(NO_PASS, np.random.default_rng(1)))
        yield f"file:{film}"


@contextmanager
def real_bench(_: Path) -> Iterator[str]:
    yield SETTING


@pytest.fixture(params=[virtual_bench, film_bench, pytest.param(real_bench, marks=REAL_CODE)])
def camera(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with request.param(tmp_path) as setting:
        yield find_camera(setting)


def test_what_is_held_before_the_camera_is_answered_at_the_door_and_time_is_real(
    camera: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    now = datetime.fromtimestamp(time.time(), JAPAN)
    wish = Wish(1.0, once=True, port=0, feed=LINE, camera=camera)
    plan, (this, *_) = set_up(wish, tmp_path_factory.mktemp("b"), now)
    with Bench(replace(plan, camera=camera)) as bench:
        assert abs(bench.clock.wall() - time.time()) < 2.0
        journey = Journey(bench, bench.edition, this.out.trip_id, 1.0, lambda _: None, seed=1)
        journey.stand_until(lambda: bench.driver.start_trip(this.out, this.day), 1.0, READY_S)
        bench.wires.set_door(is_open=True)
        # A code that is no pass has its answer too.
        journey.stand_until(lambda: bench.wires.answers() > 0, 1.0, ANSWER_S)
        assert bench.wires.lit("red") > 0
        assert bench.camera.taken == 0
