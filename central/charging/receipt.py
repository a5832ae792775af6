"""The receipt (受領書) of a card charge."""

from __future__ import annotations

from dataclasses import dataclass

from central.charging.gateway import Mode
from central.charging.words import MODES, PRACTICE
from central.japan import stamp_text
from central.words.words import Words
from rules.charging.follow import Charge


@dataclass(frozen=True, slots=True)
class Receipt:
    """What stands on it: a title, lines of a name and a value, and, of practice, that nothing was paid."""

    title: Words
    lines: tuple[tuple[Words, str], ...]
    practice: Words | None


def receipt_of(charge: Charge, paid_at: int) -> Receipt:
    """The receipt of a charge paid at Unix second `paid_at`."""
    mode = Mode(charge.mode)
    title = ("くらポ チャージ受領書", "Receipt for a charge")
    return Receipt(
        (f"【練習用】{title[0]}", f"PRACTICE – {title[1]}") if mode.is_practice else title,
        (
            (("番号", "number"), charge.id),
            (("日時", "paid at"), stamp_text(paid_at)),
            (("くらポ", "kurapo"), f"{charge.amount:,}"),
            (("支払い", "paid by"), f"{charge.amount:,}円　カード（{MODES[mode][0]}）"),
        ),
        PRACTICE if mode.is_practice else None,
    )
