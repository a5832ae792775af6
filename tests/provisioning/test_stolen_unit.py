"""What a thief finds in a machine: its own keys, public ones, and nothing that opens another door."""

from __future__ import annotations

import stat
import time
from pathlib import Path

from cryptography.hazmat.primitives.serialization import load_pem_private_key

from provisioning.enrol import AUTHORITY, OFFICE_KEY, PAIR, SIGNING_KEY, enrol
from tests.provisioning.desk import Desk, desk
from tests.provisioning.test_enrol_machine import listening


def enrolled(office: Desk, folder: Path, unit: str) -> dict[str, bytes]:
    """The files of a machine that has just come in."""
    with listening(office) as place:
        enrol(folder, unit, place, office.code(unit))
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    return {each.name: each.read_bytes() for each in folder.iterdir()}


def test_a_unit_holds_its_own_keys_and_nobody_else_s(tmp_path: Path) -> None:
    with desk(tmp_path, int(time.time())) as office:
        files = enrolled(office, tmp_path / "unit", "bus-001")
    assert files.keys() == {PAIR, AUTHORITY, SIGNING_KEY, OFFICE_KEY}
    private = [name for name, held in files.items() if b"PRIVATE KEY" in held]
    assert private == [PAIR]
    own = load_pem_private_key(files[PAIR], None).public_key()
    assert own != office.authority.certificate_key
    held = b"".join(files.values())
    for secret in (tmp_path / "data").rglob("*.key"):
        assert secret.read_bytes().strip() not in held
    for secret in (tmp_path / "stick").iterdir():
        if secret.suffix == ".key":
            assert secret.read_bytes().strip() not in held


def test_two_units_share_no_secret(tmp_path: Path) -> None:
    with desk(tmp_path, int(time.time())) as office:
        one = enrolled(office, tmp_path / "one", "bus-001")
        two = enrolled(office, tmp_path / "two", "bus-002")
    keys = [load_pem_private_key(each[PAIR], None).public_key() for each in (one, two)]
    assert keys[0] != keys[1]
    assert one[SIGNING_KEY] != two[SIGNING_KEY]
    assert (one[AUTHORITY], one[OFFICE_KEY]) == (two[AUTHORITY], two[OFFICE_KEY])
