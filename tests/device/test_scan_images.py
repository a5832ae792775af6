"""The door's reader on picture files."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import cv2
import pytest
from click.testing import CliRunner

from device.reader.scan_images import BROKEN, GAVE_UP, MISSING, scan
from hil.virtual.scenes import empty_frame
from terminal.scan_command import scan_command
from tests.device.reader_material import TEXT, children_of, parent_of, picture


@pytest.fixture
def picture_file(tmp_path: Path) -> Path:
    path = tmp_path / "写真 1.png"
    path.write_bytes(cv2.imencode(".png", picture())[1].tobytes())
    return path


def test_scan_gives_one_line_for_each_image_readable_or_not(tmp_path: Path, picture_file: Path) -> None:
    empty, broken, cut, missing = (
        tmp_path / name for name in ("empty.png", "no.png", "cut.png", "missing.png")
    )
    empty.write_bytes(cv2.imencode(".png", empty_frame())[1].tobytes())
    broken.write_bytes(b"this is no picture")
    cut.write_bytes(b"")
    lines = list(scan(map(str, (picture_file, empty, broken, cut, missing, picture_file))))
    assert [line.texts for line in lines] == [(TEXT,), (), (), (), (), (TEXT,)]
    assert [line.problem for line in lines] == ["", "", BROKEN, BROKEN, MISSING, ""]
    assert lines[0].ms > 0


def test_the_scan_command_prints_only_its_lines_on_stdout(tmp_path: Path, picture_file: Path) -> None:
    missing = str(tmp_path / "missing.png")
    result = CliRunner().invoke(scan_command, [str(picture_file), missing, "--json"])
    first, second = (json.loads(line) for line in result.stdout.splitlines())
    assert set(first) == {"image", "texts", "ms"}
    assert (first["image"], first["texts"]) == (str(picture_file), [TEXT])
    assert (second["image"], second["texts"]) == (missing, [])
    assert "Cannot open the file" in result.stderr
    assert result.exit_code == 1


def test_scan_without_an_image_is_wrong_usage() -> None:
    assert CliRunner().invoke(scan_command, ["--json"]).exit_code == 2


def test_a_picture_that_hangs_the_child_costs_only_its_own_line(
    picture_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("device.reader.scan_images.IMAGE_SECONDS", 5.0)
    lines = scan([str(picture_file)] * 3)
    assert next(lines).texts == (TEXT,)
    (child,) = [pid for pid in children_of("--images") if parent_of(pid) == os.getpid()]
    os.kill(child, signal.SIGSTOP)
    assert next(lines).problem == GAVE_UP
    assert next(lines).texts == (TEXT,)


def test_scan_reads_most_of_the_collected_images(shared_data: Path) -> None:
    images = sorted(
        path for path in (shared_data / "qr").rglob("*") if path.suffix in {".png", ".jpg", ".webp"}
    )
    if not images:
        pytest.skip(f"no images under {shared_data / 'qr'}")
    result = CliRunner().invoke(scan_command, [*map(str, images), "--json"])
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 0
    assert [line["image"] for line in lines] == [str(path) for path in images]
    assert sum(bool(line["texts"]) for line in lines) >= 0.7 * len(images)
