"""ふりがな for receipts and statements: the page has a reading for every kanji that the office itself writes there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from central.my_page.readings import COUNTERS, PHRASES
from central.points import read_statement
from central.rides.receipts import read_receipt
from central.words import words
from rules.ride import receipt

KANJI = re.compile(r"[一-龠々]")
MARKED = re.compile(r"\{([^|{}]+)\|([ぁ-ゖ]+)\}")


def said_by(source: Path, within: str = "") -> list[str]:
    """Its Japanese, whatever is filled in standing as a digit; all, or only of the assignment to `within`."""
    tree: ast.AST = ast.parse(source.read_text(encoding="utf-8"))
    if within:
        tree = next(
            each
            for each in ast.walk(tree)
            if isinstance(each, ast.Assign) and within in ast.unparse(each.targets[0])
        )
    docs = {
        id(each.value)
        for each in ast.walk(tree)
        if isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant)
    }
    filled = [each for each in ast.walk(tree) if isinstance(each, ast.JoinedStr)]
    parts = {id(part) for each in filled for part in ast.walk(each)}
    plain = [
        str(each.value)
        for each in ast.walk(tree)
        if isinstance(each, ast.Constant) and id(each) not in parts | docs
    ]
    texts = [
        "".join(
            str(getattr(part, "value", "")) if isinstance(part, ast.Constant) else "1" for part in each.values
        )
        for each in filled
    ]
    return [each for each in plain + texts if KANJI.search(each)]


def without_what_is_read(text: str) -> str:
    phrases = sorted((MARKED.sub(r"\1", each) for each in PHRASES), key=len, reverse=True)
    counters = "|".join(sorted((MARKED.sub(r"\1", each) for each in COUNTERS), key=len, reverse=True))
    return re.sub("|".join([*map(re.escape, phrases), rf"\d(?:{counters})"]), "", text)


@pytest.mark.parametrize(
    "texts",
    [
        said_by(Path(receipt.__file__)),
        said_by(Path(read_receipt.__file__), "_WHY"),
        said_by(Path(read_statement.__file__)),
        [ja for ja, _ in words.CLASSES.values()],
    ],
    ids=["receipt", "why", "statement", "classes"],
)
def test_every_kanji_is_read(texts: list[str]) -> None:
    assert texts
    assert [each for each in texts if KANJI.search(without_what_is_read(each))] == []


def test_every_reading_is_of_kanji_alone() -> None:
    for marked in PHRASES + COUNTERS:
        assert MARKED.search(marked), marked
        assert not KANJI.search(MARKED.sub("", marked)), marked
