"""What is installed holds everything that the programs read when they run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

from tests.tidy.tree import ROOT, files, packages


def test_the_wheel_holds_every_file_of_every_package(tmp_path: Path) -> None:
    # Without an isolated environment, and so without a network.
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (path,) = tmp_path.glob("*.whl")
    with ZipFile(path) as wheel:
        held = {name for name in wheel.namelist() if ".dist-info/" not in name}
    ours = {file.relative_to(ROOT).as_posix() for file in files()}
    assert held == {name for name in ours if name.partition("/")[0] in packages()}
