"""The office that most tests begin with, and a bus that it knows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from central.devices.data_folder import Office
from tests.central.office import (
    Bus,
    new_office,
)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with new_office(tmp_path) as made:
        yield made


@pytest.fixture
def bus(office: Office) -> Bus:
    made = Bus()
    with office.database.write() as connection:
        made.register(connection)
    return made
