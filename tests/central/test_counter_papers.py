"""What the counter prints: cards that the door's own reader reads, PINs that open, statements; all in one small PDF."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
import zxingcpp

from central.access.passphrases import Proof, prove
from central.counter.print_cards import CARD_MM, CODE_MM
from device.reader.decode import Gray, read_codes
from rules.passes.rider_pass import RiderClass, to_text
from tests.central.counter_desk import Clerk, clerk_at
from tests.central.office_pages import text

MM_PER_INCH = 25.4
QR_CODE = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCodeModel2)
SMALL = 150_000
"""Bytes of a whole sheet: the font it is set in has 4.5 million."""


@pytest.fixture
def clerk(tmp_path: Path) -> Iterator[Clerk]:
    with clerk_at(tmp_path) as made:
        made.opens_till()
        yield made


def card_ids(clerk: Clerk, member: str) -> list[str]:
    return [each.issued.body.pass_id.hex() for each in clerk.cards(member)]


def printed(clerk: Clerk, *cards: str) -> bytes:
    return clerk.sends("/counter/cards/print", {"card": list(cards)}, status=200).get_data()


def rendered(pdf: bytes, page: int, dpi: int) -> Gray:
    """A page as a printer at so many dots an inch has it."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        picture = document[page].render(scale=dpi / 72, grayscale=True).to_numpy()
        return np.ascontiguousarray(picture.squeeze())
    finally:
        document.close()


def said(pdf: bytes, page: int = 0) -> str:
    document = pypdfium2.PdfDocument(pdf)
    try:
        words: str = document[page].get_textpage().get_text_bounded()
        return words
    finally:
        document.close()


def cut_out(sheet: Gray, place: int, dpi: int) -> Gray:
    """The card in that place of the sheet, as scissors leave it."""
    height, width = sheet.shape
    across, down = CARD_MM[0] * dpi / MM_PER_INCH, CARD_MM[1] * dpi / MM_PER_INCH
    left, top = width / 2 - across + place % 2 * across, height / 2 - 2.5 * down + place // 2 * down
    return np.ascontiguousarray(sheet[round(top) : round(top + down), round(left) : round(left + across)])


@pytest.mark.parametrize("dpi", [100, 150, 300])
def test_every_card_of_a_sheet_is_read_by_the_doors_own_reader(clerk: Clerk, dpi: int) -> None:
    members = [clerk.registers(f"会員{n}", 1_000, card="on", **{"class": n % 6}) for n in range(11)]
    ids = [card for member in members for card in card_ids(clerk, member)]
    pdf = printed(clerk, *ids)
    wanted = [to_text(clerk.cards(member)[0].issued.pack()).encode() for member in members]
    pages = [rendered(pdf, page, dpi) for page in range(2)]
    read = [read_codes(cut_out(pages[n // 10], n % 10, dpi)) for n in range(11)]
    assert read == [[code] for code in wanted]


def test_the_code_is_as_large_as_was_measured_and_dark_on_white(clerk: Clerk) -> None:
    member = clerk.registers("山田", 1_000, card="on")
    dpi = 300
    card = cut_out(rendered(printed(clerk, *card_ids(clerk, member)), 0, dpi), 0, dpi)
    (read,) = zxingcpp.read_barcodes(card, formats=QR_CODE)
    assert read.ec_level == "Q"
    rows, columns = np.nonzero(
        card[round(9 * dpi / MM_PER_INCH) :, round(43 * dpi / MM_PER_INCH) : -20] < 100
    )
    for places in (rows[rows < 42 * dpi / MM_PER_INCH], columns):
        assert (places.max() - places.min() + 1) * MM_PER_INCH / dpi == pytest.approx(CODE_MM, abs=0.3)


def test_a_card_says_whose_it_is_by_a_letter_how_long_and_whom_to_call(clerk: Clerk) -> None:
    member = clerk.registers("山田 花子", 1_000, card="on", **{"class": int(RiderClass.SENIOR)})
    (card,) = card_ids(clerk, member)
    words = said(printed(clerk, card))
    for each in ("高齢者", "山", f"{card[:4]}-{card[4:8]}", "2027-09-21 まで", "0233-75-2111"):
        assert each in words
    assert "花子" not in words


def test_a_sheet_holds_only_the_letters_that_it_uses(clerk: Clerk) -> None:
    member = clerk.registers("山田", 1_000, card="on")
    assert len(printed(clerk, *card_ids(clerk, member))) < SMALL


def test_a_blocked_card_and_nobodys_are_not_printed(clerk: Clerk) -> None:
    member = clerk.registers("山田", 1_000, card="on")
    (card,) = card_ids(clerk, member)
    clerk.sends(f"/counter/members/{member}/cards/{card}/block", {"why": "stolen"})
    for asked in ([card], ["00" * 8], []):
        clerk.sends("/counter/cards/print", {"card": asked}, status=422)
    assert "card-printed" not in [what for _, what, _ in clerk.written()]


def test_todays_cards_are_listed_until_they_are_printed(clerk: Clerk) -> None:
    member = clerk.registers("山田", 1_000, card="on")
    assert "checked" in clerk.opens("/counter/cards").get_data(as_text=True)
    printed(clerk, *card_ids(clerk, member))
    assert "印刷ずみ" in text(clerk.opens("/counter/cards"))
    clerk.now += 86_400
    assert "今日のカードはまだありません。" in text(clerk.opens("/counter/cards"))


def test_the_pin_on_the_letter_opens_and_the_one_before_does_not(clerk: Clerk) -> None:
    member = clerk.registers("山田")
    pins = []
    for _ in range(2):
        letter = clerk.sends(f"/counter/members/{member}/pin", status=200).get_data()
        words = said(letter)
        found = re.search(r"PIN\s+(\d) (\d) (\d) (\d)\s", words)
        assert found, words
        pins.append("".join(found.groups()))
        assert f"{member[:4]} {member[4:]}" in words
    database = clerk.office.database
    assert prove(database, f"member:{member}", pins[1], clerk.now) is Proof.RIGHT
    assert pins[0] == pins[1] or prove(database, f"member:{member}", pins[0], clerk.now) is Proof.WRONG
    assert [what for _, what, _ in clerk.written()].count("pin-given") == 2


def test_a_statement_says_what_there_is_and_what_happened(clerk: Clerk) -> None:
    member = clerk.registers("山田 花子", 3_000, card="on")
    words = said(clerk.sends(f"/counter/members/{member}/statement", status=200).get_data())
    for each in ("山田 花子 様", member, "3,000 くらポ", "うち 960", "チャージ / Charge", "+3,000"):
        assert each in words
    assert clerk.written()[-1] == ("staff:cashier", "statement-printed", f"member:{member}")
