"""ふりがな on the pages where members come in: whoever asks for readings has one for every kanji."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from central.access.members import words

TEMPLATES = Path(words.__file__).parent / "templates" / "m"
SAID = re.compile(r'bi\((?:\w+ ~ )?"([^"]*)"')
READ = re.compile(r"\{[^|{}]+\|[ぁ-ゖァ-ヶー]+\}")
KANJI = re.compile(r"[一-龠々]")


@pytest.mark.parametrize("page", sorted(TEMPLATES.glob("*.html")), ids=lambda page: page.stem)
def test_what_a_page_says_has_readings(page: Path) -> None:
    said = SAID.findall(page.read_text(encoding="utf-8"))
    assert said or page.stem in ("access_base", "parts")
    assert [each for each in said if KANJI.search(READ.sub("", each))] == []


def test_every_refusal_has_readings() -> None:
    tables = (words.NOT_SIGNED_IN, words.NOT_PROVEN, words.NOT_TAKEN)
    said = [ja for table in tables for ja, _ in table.values()]
    said += [ja for ja, _ in (words.NOT_SENT, words.NOT_HERE, words.NOT_PROVEN_BY_KEY)]
    assert [each for each in said if KANJI.search(READ.sub("", each))] == []
