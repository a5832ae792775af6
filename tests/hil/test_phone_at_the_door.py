"""The member's page before the camera: what a real browser draws, the terminal's reader reads and its rules answer."""

from __future__ import annotations

import queue
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import zxingcpp

from device.reader.decode import Gray, read_codes
from device.reader.process import ReaderProcess
from hil.virtual.camera import VirtualCamera
from hil.virtual.ports import free_port
from hil.virtual.scenes import screen_frame
from rules.passes.rider_pass import read_code
from rules.ride.outcomes import Outcome
from tests.hil.phone_bench import SCALE, SCREEN, Phone, Village, opened, order, taken_apart, unpacked

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

pytest_plugins = ("tests.browser", "tests.hil.phone_bench")

SLOW_S = 20.0
LEAST_WIDTH = 320
QR_CODE = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCodeModel2)


class Reader:
    """The terminal's reader child at a virtual camera."""

    def __init__(self, camera: VirtualCamera) -> None:
        self._camera = camera
        self._codes: queue.Queue[bytes] = queue.Queue()
        self.process = ReaderProcess(
            camera.setting,
            lambda codes, _mono: self._codes.put(codes[0]),
            lambda _problem, _note: None,
            lambda _hint: None,
        )

    def sees(self, picture: Gray) -> bytes:
        """The first code it reads in a picture."""
        self._camera.show(picture)
        code = self._codes.get(timeout=SLOW_S)
        self._camera.show(None)
        return code


@contextmanager
def reading(folder: Path) -> Iterator[Reader]:
    with VirtualCamera(folder / "camera.sock") as camera:
        reader = Reader(camera)
        reader.process.start()
        try:
            yield reader
        finally:
            reader.process.stop()


def test_the_long_code_held_up_at_the_door_is_read_and_accepted(
    phone: Phone, village: Village, tmp_path: Path
) -> None:
    drawn = phone.shown()
    with reading(tmp_path) as reader:
        seen = reader.sees(screen_frame(phone.screen(), np.random.default_rng(1)))
    assert seen == drawn
    assert village.bus().answer(seen) is Outcome.OK


def test_a_screen_is_read_however_it_is_held(phone: Phone) -> None:
    shown, screen = phone.shown(), phone.screen()
    read = sum(read_codes(screen_frame(screen, np.random.default_rng(seed))) == [shown] for seed in range(25))
    assert read >= 24


@pytest.mark.parametrize(
    ("width", "height", "scheme"),
    [
        (320, 568, "dark"),
        (360, 740, "light"),
        (360, 740, "dark"),
        (740, 360, "dark"),
        (1366, 768, "light"),
    ],
)
def test_the_symbol_is_dark_on_light_large_enough_and_as_the_format_says(
    browser: Browser, village: Village, width: int, height: int, scheme: str
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": height},
        device_scale_factor=SCALE,
        color_scheme="dark" if scheme == "dark" else "light",
    )
    try:
        phone = opened(context, village)
        phone.shown()
        modules = 57
        box = phone.page.locator("#symbol").bounding_box()
        assert box is not None
        assert LEAST_WIDTH <= box["width"] == box["height"] <= min(width, height)
        picture = phone.symbol()
        quiet = int(4 * box["width"] * SCALE / (modules + 8)) - 1
        edges = (picture[:quiet], picture[-quiet:], picture[:, :quiet], picture[:, -quiet:])
        assert [edge.min() for edge in edges] == [255] * 4
        assert picture.min() == 0
        # Of this kind alone, as the door does: by chance a part of a symbol also reads as some other kind.
        (found,) = zxingcpp.read_barcodes(picture, formats=QR_CODE)
        assert found.ec_level == "M"
        view = phone.page.locator("#symbol").get_attribute("viewBox")
        assert view == f"0 0 {modules + 8} {modules + 8}"
    finally:
        context.close()


def test_a_code_shown_twice_is_refused_and_an_old_picture_of_it_too(phone: Phone, village: Village) -> None:
    bus, code = village.bus(), phone.shown()
    assert bus.answer(code) is Outcome.OK
    assert bus.answer(code) is None
    village.bus_ahead = 9
    assert bus.answer(code) is Outcome.REPLAYED
    newer = phone.next_after(lambda: phone.hide(hidden=False))
    assert bus.answer(newer) is Outcome.OK
    village.bus_ahead = 75
    assert bus.answer(newer) is Outcome.STALE_CODE
    assert village.bus().answer(code) is Outcome.STALE_CODE


@pytest.mark.parametrize(("adults", "children"), [(2, 5), (15, 15)])
def test_those_who_ride_along_stand_in_the_code(
    phone: Phone, village: Village, adults: int, children: int
) -> None:
    phone.shown()
    phone.choose(adults=str(adults))
    code = phone.choose(children=str(children))
    showing = taken_apart(code).showing
    assert showing is not None
    assert (showing.adults, showing.children) == (adults, children)
    assert village.bus().answer(code) is Outcome.OK_OTHER


def test_a_pass_copied_to_another_phone_is_refused(phone: Phone, village: Village, browser: Browser) -> None:
    code = unpacked(phone.shown())
    thief = browser.new_context(viewport=SCREEN, device_scale_factor=SCALE)
    try:
        other = opened(thief, village)
        other.shown()
        copied = other.run(
            "async (pass) => m.codeText(await m.longForm(Uint8Array.from(pass), { ...(await m.takeTurn()),"
            " adults: 0, children: 0 }, (await m.phoneKey()).privateKey))",
            list(code[:121]),
        )
    finally:
        thief.close()
    assert village.bus().answer(copied.encode()) is Outcome.BAD_SIGNATURE


def test_the_bench_says_what_a_bus_answers_to_the_page(context: BrowserContext, tmp_path: Path) -> None:
    with VirtualCamera(tmp_path / "camera.sock") as camera:
        port = free_port()
        command = [sys.executable, "-u", "-m", "hil.phone", "--port", str(port), "--camera", camera.setting]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as bench:
            try:
                assert bench.stdout is not None
                address = bench.stdout.readline().strip()
                assert address == f"http://127.0.0.1:{port}/m/"
                page = context.new_page()
                page.goto(address)
                phone = Phone(page)
                code = phone.shown()
                camera.show(screen_frame(phone.screen(), np.random.default_rng(3)))
                assert isinstance(order(code), tuple), read_code(code)
                lines = iter(bench.stdout.readline, "")
                assert any(line.startswith("どうぞ / OK") for line in lines)
            finally:
                bench.terminate()
            assert bench.wait(SLOW_S) == 0
