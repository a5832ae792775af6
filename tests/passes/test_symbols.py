"""The symbols have the sizes that were measured before the camera."""

from __future__ import annotations

import pytest
import segno

from rules.passes.rider_pass import to_text
from tests.passes.material import CARD_CODE, PHONE_CODE


@pytest.mark.parametrize(
    ("code", "error", "version"),
    [
        pytest.param(PHONE_CODE, "M", 10, id="phone"),
        pytest.param(CARD_CODE, "Q", 8, id="card"),
        pytest.param(b"\x15" + bytes(84), "M", 6, id="short form"),
    ],
)
def test_a_code_fits_its_symbol(code: bytes, error: str, version: int) -> None:
    symbol = segno.make_qr(to_text(code), error=error, mode="alphanumeric", boost_error=False)
    assert (symbol.version, symbol.error, symbol.mode) == (version, error, "alphanumeric")


def test_no_smaller_symbol_holds_a_phones_code_and_stronger_correction_would_need_a_larger_one() -> None:
    boosted = segno.make_qr(to_text(PHONE_CODE), error="M", mode="alphanumeric")
    assert (boosted.version, boosted.error) == (10, "M")
