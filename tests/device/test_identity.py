"""What a unit's certificate proves about the time."""

from __future__ import annotations

from pathlib import Path

from device.identity import certificate_start
from tests.faults.authority import DAY, Authority


def test_the_day_a_certificate_begins_has_passed(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    start = certificate_start(authority.for_machine("bus-001").certificate)
    assert start == int((authority._now - DAY).timestamp())


def test_what_is_no_certificate_proves_nothing(tmp_path: Path) -> None:
    (tmp_path / "no.pem").write_text("-----BEGIN CERTIFICATE-----\nno\n-----END CERTIFICATE-----\n")
    assert certificate_start(tmp_path / "no.pem") is None
    assert certificate_start(tmp_path / "none.pem") is None
