"""What a unit keeps is for its own user alone: other programs on it have no business with keys and passes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from device.identity import ROOT_KEY, SIGNING_KEY, IdentityMissing, load_identity
from device.journal import Journal, Keep


@pytest.fixture(autouse=True)
def _ordinary_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def test_nobody_else_may_read_the_journal(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with Journal(folder, "bus-001", any_disk=True).open() as journal:
        journal.write([], [Keep("pass", "0123456789abcdef", b"{}")])
        files = [path for path in folder.iterdir() if path.name.startswith("journal.db")]
        assert {path.name for path in files} >= {"journal.db", "journal.db-wal"}
        assert {path.stat().st_mode & 0o077 for path in (folder, *files)} == {0}


def test_a_journal_laid_down_for_all_to_read_is_closed_to_them(tmp_path: Path) -> None:
    with Journal(tmp_path, "bus-001", any_disk=True).open():
        pass
    (tmp_path / "journal.db").chmod(0o644)
    with Journal(tmp_path, "bus-001", any_disk=True).open():
        assert (tmp_path / "journal.db").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_signing_key_that_others_may_read_is_refused_with_the_remedy(tmp_path: Path, mode: int) -> None:
    for name in (SIGNING_KEY, ROOT_KEY):
        (tmp_path / name).write_text("11" * 32, encoding="ascii")
    (tmp_path / SIGNING_KEY).chmod(mode)
    with pytest.raises(IdentityMissing, match="chmod 600"):
        load_identity(tmp_path, "bus-001")
    (tmp_path / SIGNING_KEY).chmod(0o600)
    assert load_identity(tmp_path, "bus-001").device == "bus-001"
