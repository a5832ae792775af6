"""What a form about a kiosk's settings says."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import replace

from central.kiosks.kiosk import Kiosk, Visit

MOST_VISITS = 8
"""As many as a kiosk's screen has keys for."""
_CLOCK = re.compile(r"(\d{1,2}):(\d\d)")
NO_NUMBER = "ポイント、上限、時間は数字だけで書いてください。 / Points, cap and hours are whole numbers."
NO_CLOCK = (
    "営業時間は 9:00 のように書いてください。24:00 までです。 / Write opening hours as 9:00, up to 24:00."
)
CANNOT_BE = (
    "このままでは決められません。区分は番号ごとに一つで、日本語と英語の名前（60字まで）と1以上のポイントが要ります。"
    "ふりがなは、かなだけで書くか、空けておきます。"
    "営業は同じ日のうちに、受け取りは168時間までです。 / "
    "It cannot be set so: every kind of visit has a number of its own, both names (60 at most) and points above zero; "
    "a reading is in kana, or left empty; it opens before it closes; a code is good for 168 hours at most."
)


class FormWrong(ValueError):
    """What stands in the form cannot be. The text is a sentence for staff."""


def read_kiosk_form(form: Mapping[str, str], before: Kiosk) -> Kiosk:
    """The kiosk as the form wants it; its device and number stay. Raises FormWrong."""
    try:
        return replace(
            before,
            place_ja=form.get("place_ja", "").strip(),
            place_en=form.get("place_en", "").strip(),
            programme=form.get("programme", ""),
            visits=_visits(form),
            cap_per_day=_number(form.get("cap", "")),
            opens=_minute(form.get("opens", "")),
            closes=_minute(form.get("closes", "")),
            valid_hours=_needed(form.get("valid_hours", "")),
        )
    except FormWrong:
        raise
    except ValueError:
        raise FormWrong(CANNOT_BE) from None


def form_of(kiosk: Kiosk) -> dict[str, str]:
    """The form as it says what the kiosk is."""
    found = {
        "place_ja": kiosk.place_ja,
        "place_en": kiosk.place_en,
        "programme": kiosk.programme,
        "cap": "" if kiosk.cap_per_day is None else str(kiosk.cap_per_day),
        "opens": clock(kiosk.opens),
        "closes": clock(kiosk.closes),
        "valid_hours": str(kiosk.valid_hours),
    }
    for row, visit in enumerate(kiosk.visits):
        found |= {
            f"id_{row}": str(visit.id),
            f"ja_{row}": visit.ja,
            f"en_{row}": visit.en,
            f"points_{row}": str(visit.points),
            f"kana_{row}": visit.kana,
        }
    return found


def clock(minute: int) -> str:
    """A minute of the day as people write it."""
    return f"{minute // 60:02}:{minute % 60:02}"


def _visits(form: Mapping[str, str]) -> tuple[Visit, ...]:
    rows = []
    for row in range(MOST_VISITS):
        cells = [form.get(f"{name}_{row}", "").strip() for name in ("id", "ja", "en", "points", "kana")]
        # A row without names is one that nobody filled in.
        if any(cells[1:]):
            rows.append(Visit(_needed(cells[0]), cells[1], cells[2], _needed(cells[3]), cells[4]))
    return tuple(rows)


def _number(typed: str) -> int | None:
    digits = unicodedata.normalize("NFKC", typed).strip().replace(",", "")
    if not digits:
        return None
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 10):
        raise FormWrong(NO_NUMBER)
    return int(digits)


def _needed(typed: str) -> int:
    number = _number(typed)
    if number is None:
        raise FormWrong(NO_NUMBER)
    return number


def _minute(typed: str) -> int:
    found = _CLOCK.fullmatch(unicodedata.normalize("NFKC", typed).strip())
    if found is None or int(found[2]) > 59:
        raise FormWrong(NO_CLOCK)
    return int(found[1]) * 60 + int(found[2])
