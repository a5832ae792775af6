"""Invented people: names, telephones and addresses that nobody has."""

from __future__ import annotations

FAMILIES = (
    ("練習山", "レンシュウヤマ"),
    ("練習川", "レンシュウガワ"),
    ("練習田", "レンシュウダ"),
    ("見本沢", "ミホンザワ"),
    ("見本谷", "ミホンダニ"),
    ("見本原", "ミホンハラ"),
    ("稽古林", "ケイコバヤシ"),
    ("稽古坂", "ケイコザカ"),
)
GIVEN = (
    ("太郎", "タロウ"),
    ("花子", "ハナコ"),
    ("一男", "カズオ"),
    ("春江", "ハルエ"),
    ("次郎", "ジロウ"),
    ("夏美", "ナツミ"),
    ("三郎", "サブロウ"),
    ("秋代", "アキヨ"),
    ("四季", "シキ"),
    ("雪", "ユキ"),
)
"""With their readings. No family is called so: whoever reads one knows at once that it is practice."""
STAFF = "練習"
"""Whatever staff of the real office did, this one has done."""


def name_of(number: int) -> str:
    """The person of that number, from 0."""
    return " ".join(part[0] for part in _parts(number))


def kana_of(number: int) -> str:
    """How that name is read."""
    return " ".join(part[1] for part in _parts(number))


def mail_of(number: int) -> str:
    """An address of a name that is never given out (RFC 2606)."""
    return f"renshu-{number + 1}@example.invalid"


def phone_of(number: int) -> str:
    """A telephone number that nobody is given: no area begins with two zeros."""
    return f"00-{number // 10_000:04}-{number % 10_000:04}"


def shop_of(number: int) -> str:
    """The name of an invented shop."""
    return f"練習商店 {number + 1}"


def _parts(number: int) -> tuple[tuple[str, str], tuple[str, str]]:
    return FAMILIES[number % len(FAMILIES)], GIVEN[number // len(FAMILIES) % len(GIVEN)]
