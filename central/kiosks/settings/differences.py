"""What a change of a kiosk's settings comes to, and whether somebody has to look twice."""

from __future__ import annotations

from dataclasses import dataclass

from central.kiosks.kiosk import Kiosk, Visit
from central.kiosks.settings.read_form import clock
from central.words.words import Words

BOLD_TIMES = 2
"""A visit that is worth so many times what it was is confirmed."""


@dataclass(frozen=True, slots=True)
class Changed:
    """One thing that is another: its name, what it was and what it will be, "–" for not there."""

    name: Words
    before: str
    after: str
    is_bold: bool = False


def differences(before: Kiosk, after: Kiosk) -> list[Changed]:
    """Everything that is not the same; what gives much more than before is bold."""
    plain = (
        Changed(
            ("場所", "place"),
            f"{before.place_ja} / {before.place_en}",
            f"{after.place_ja} / {after.place_en}",
        ),
        Changed(("制度", "programme"), before.programme, after.programme),
        Changed(
            ("一日の上限", "cap a day"),
            _cap(before),
            _cap(after),
            is_bold=before.cap_per_day is not None
            and (after.cap_per_day is None or after.cap_per_day > before.cap_per_day),
        ),
        Changed(("営業時間", "open"), _hours(before), _hours(after)),
        Changed(("受け取り", "claimed within"), f"{before.valid_hours}時間", f"{after.valid_hours}時間"),
    )
    old, new = ({each.id: each for each in kiosk.visits} for kiosk in (before, after))
    visits = [_visit(number, old.get(number), new.get(number)) for number in sorted({*old, *new})]
    return [each for each in (*visits, *plain) if each.before != each.after]


def _visit(number: int, before: Visit | None, after: Visit | None) -> Changed:
    is_bold = before is not None and after is not None and after.points >= BOLD_TIMES * before.points
    return Changed((f"区分{number}", f"visit {number}"), _says(before), _says(after), is_bold)


def _says(visit: Visit | None) -> str:
    reading = f"（{visit.kana}）" if visit and visit.kana else ""
    return "–" if visit is None else f"{visit.ja}{reading} / {visit.en} {visit.points:,}P"


def _cap(kiosk: Kiosk) -> str:
    return "なし / none" if kiosk.cap_per_day is None else f"{kiosk.cap_per_day:,}P"


def _hours(kiosk: Kiosk) -> str:
    return f"{clock(kiosk.opens)}–{clock(kiosk.closes)}"
