"""No number of the office is left in code, and none stands on its page that nothing reads."""

from __future__ import annotations

import pytest

from central.office_rules.definitions import RULES
from tests.tidy.tree import ROOT


@pytest.mark.parametrize("name", [each.name for each in RULES])
def test_every_rule_of_the_office_is_read_somewhere(name: str) -> None:
    definitions = ROOT / "central" / "office_rules"
    readers = [
        path
        for path in (ROOT / "central").rglob("*.py")
        if definitions not in path.parents and f'"{name}"' in path.read_text(encoding="utf-8")
    ]
    assert readers, f"nothing reads {name}: take it out of RULES, or let its subject go by it"
