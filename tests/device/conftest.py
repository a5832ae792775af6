"""What the tests of sync share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.device.sync_bench import Talk, new_talk


@pytest.fixture
def talk(tmp_path: Path) -> Iterator[Talk]:
    """A bus that talks to a central; its journal is closed at the end."""
    new = new_talk(tmp_path)
    yield new
    new.journal.close()
