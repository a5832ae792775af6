"""The page of threats keeps its word: every test that it names is there, and no line is without one."""

from __future__ import annotations

import ast
import re

import pytest

from tests.tidy.tree import ROOT

PAGE = (ROOT / "THREATS.md").read_text(encoding="utf-8")
THREATS, LINES = PAGE.split("\n## ")[1:]
NAMED = re.compile(r"`([\w/]+\.py)::(\w+)`")
ASKED_FOR = 11
"""Lines of what is asked of security."""


def rows(part: str) -> list[list[str]]:
    """The cells of a table's rows, without its head."""
    lines = [line for line in part.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


@pytest.mark.parametrize("file", sorted({file for file, _ in NAMED.findall(PAGE)}))
def test_every_test_that_the_page_names_is_there(file: str) -> None:
    named = {test for other, test in NAMED.findall(PAGE) if other == file}
    tree = ast.parse((ROOT / "tests" / file).read_text(encoding="utf-8"))
    assert named <= {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_threat_and_every_line_names_a_test() -> None:
    assert len(rows(THREATS)) > ASKED_FOR
    assert [row[0] for row in rows(THREATS) if not NAMED.search(row[2])] == []
    assert [row[0] for row in rows(LINES) if not NAMED.search(row[2])] == []
    assert {int(row[0]) for row in rows(LINES)} == set(range(1, ASKED_FOR + 1))
