"""What others have written is as they published it, and nothing lies there that the README does not name."""

from __future__ import annotations

import hashlib
import re

from tests.tidy.tree import ROOT

VENDOR = ROOT / "central" / "static" / "vendor"


def test_vendored_files_are_those_the_readme_names() -> None:
    readme = (VENDOR / "README.md").read_text(encoding="utf-8")
    named = {path: digest for digest, path in re.findall(r"^([0-9a-f]{64})  (\S+)$", readme, re.MULTILINE)}
    there = {
        path.relative_to(VENDOR).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.rglob("*")
        if path.is_file() and path.name != "README.md"
    }
    assert there == named
