"""掲示物: every code on paper is read again from the paper, leads where it should, and no word is cut off."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pypdfium2
import pytest
from flask.testing import FlaskClient

from central.access.members.mailbox import FileMailbox
from central.access.who import Role
from central.app import SigningIn, create_app
from central.counter.notices import words
from central.counter.notices.print_notices import SIZES, STICKER_MM, Office, Size, notice, stickers
from central.counter.notices.words import PAPERS, Paper
from central.rides.by_phone.read_claim import AskedClaim, read_claim
from central.words.ruby import readings
from device.reader.decode import read_texts
from rules.passes.bus_code import PATH
from tests.central.counter_desk import Clerk, clerk_at
from tests.central.office import Bus
from tests.central.office_pages import says, text
from tests.central.signed_in import as_staff
from tests.central.test_counter_papers import MM_PER_INCH, rendered, said
from tests.central.today_village import Shown, seal

LONG = Office(
    "https://yukemuri-bus.vill.ohkura-no-nagai-namae.yamagata.example.jp",
    "大蔵村役場 地域振興課 交通政策係 デジタル推進員 電話 0233-75-2111（内線 1234）平日 8:30–17:15",
)
LONGEST_BUS = "w" * 32
EDGE_MM = 2.0
SHEETS = [(paper, size) for paper in Paper if paper is not Paper.STICKER for size in Size]


@pytest.fixture
def clerk(tmp_path: Path) -> Iterator[Clerk]:
    with clerk_at(tmp_path) as made:
        yield made


def codes(pdf: bytes, page: int = 0, dpi: int = 150) -> list[str]:
    """What our own reader reads on a page from a printer of so many dots an inch."""
    return read_texts(rendered(pdf, page, dpi))


def boxes(pdf: bytes, page: int = 0) -> tuple[tuple[float, float], list[tuple[float, float, float, float]]]:
    """The page's size and the box of every letter on it, in millimetres."""
    with closing(pypdfium2.PdfDocument(pdf)) as document:
        words = document[page].get_textpage()
        found = [words.get_charbox(each) for each in range(words.count_chars())]
        mm = MM_PER_INCH / 72
        width, height = document[page].get_size()
        return (width * mm, height * mm), [tuple(side * mm for side in each) for each in found]


def all_on_paper(pdf: bytes, page: int = 0) -> bool:
    (width, height), found = boxes(pdf, page)
    return bool(found) and all(
        left >= EDGE_MM and right <= width - EDGE_MM and bottom >= EDGE_MM and top <= height - EDGE_MM
        for left, bottom, right, top in found
        if right > left
    )


@pytest.mark.parametrize("office", [Office("https://b.jp", "村 1"), LONG])
@pytest.mark.parametrize(("paper", "size"), SHEETS)
def test_a_sheet_has_its_size_its_code_is_read_and_all_its_words_are_on_it(
    paper: Paper, size: Size, office: Office
) -> None:
    pdf = notice(paper, size, office, 0)
    assert codes(pdf) == [f"{office.address}/m/"]
    (width, height), _ = boxes(pdf)
    assert (width, height) == pytest.approx(SIZES[size], abs=0.1)
    assert all_on_paper(pdf)
    assert "".join(office.contact.split()) in "".join(said(pdf).split())
    with closing(pypdfium2.PdfDocument(pdf)) as document:
        assert len(document) == 1


@pytest.mark.parametrize("office", [Office("https://b.jp", ""), LONG])
def test_each_bus_has_its_own_sticker_whose_code_the_office_takes_as_that_bus(office: Office) -> None:
    buses = ["bus-001", LONGEST_BUS]
    pdf = stickers(buses, office, 0)
    for page, bus in enumerate(buses):
        (code,) = codes(pdf, page)
        assert code == f"{office.address}{PATH}{bus}"
        claim = {"id": "12345678", "code": urlsplit(code).fragment, "movement": "board", "moment": 1}
        read = read_claim(claim)
        assert isinstance(read, AskedClaim) and read.bus == bus and read.code is None
        assert bus in "".join(said(pdf, page).split())
        assert boxes(pdf, page)[0] == pytest.approx(STICKER_MM, abs=0.1)
        assert all_on_paper(pdf, page)


@pytest.mark.parametrize("dpi", [72, 96, 300])
def test_the_smallest_code_is_read_also_from_a_coarse_printer(dpi: int) -> None:
    assert codes(notice(Paper.POSTER, Size.A5, LONG, 0), dpi=max(dpi, 96))
    assert codes(stickers([LONGEST_BUS], LONG, 0), dpi=dpi)


@pytest.mark.parametrize("paper", [paper for paper in Paper if paper is not Paper.STICKER])
def test_kanji_have_their_readings_and_english_stands_beside(paper: Paper) -> None:
    (title, english) = {
        Paper.POSTER: words.POSTER_TITLE,
        Paper.HOW_TO: words.HOW_TO_TITLE,
        Paper.BATH: words.BATH_TITLE,
    }[paper]
    printed = "".join(said(notice(paper, Size.A4, LONG, 0)).split())
    for piece, reading in readings(title):
        assert "".join(piece.split()) in printed and reading in printed
    assert "".join(english.split()) in printed


def with_address(clerk: Clerk, address: str) -> FlaskClient:
    clock = lambda: clerk.now  # noqa: E731
    signing_in = SigningIn(FileMailbox(clerk.office.database.path.parent / "mail"), clock, "", address)
    app = create_app(clerk.office.database, Shown(), clock, seal, signing_in=signing_in)
    return as_staff(app.test_client(), Role.READER)


def test_the_page_prints_every_paper_and_a_sticker_for_every_bus(clerk: Clerk) -> None:
    client = with_address(clerk, "https://bus.example.jp")
    assert "登録されたバスがまだありません" in says(client, "/notices")
    assert client.get("/notices/print?paper=sticker").status_code == 422
    bus = Bus()
    with clerk.office.database.write() as connection:
        bus.register(connection)
    page = says(client, "/notices")
    assert all(words[0] in page for words in PAPERS.values())
    for paper in Paper:
        answer = client.get(f"/notices/print?paper={paper}&size=a5")
        assert answer.status_code == 200 and answer.mimetype == "application/pdf"
        (code,) = codes(answer.get_data())
        assert code.startswith("https://bus.example.jp/")


@pytest.mark.parametrize(
    "query", ["", "paper=x", "paper=poster&size=a0", "paper=sticker&bus=nobody", "paper=%00"]
)
def test_what_cannot_be_printed_is_refused_in_words(clerk: Clerk, query: str) -> None:
    answer = with_address(clerk, "https://bus.example.jp").get(f"/notices/print?{query}")
    assert answer.status_code == 422
    assert "一覧から選んでください" in text(answer)


def test_without_an_address_nothing_is_printed_that_leads_nowhere(clerk: Clerk) -> None:
    client = with_address(clerk, "")
    assert "web.address" in says(client, "/notices")
    answer = client.get("/notices/print?paper=poster")
    assert answer.status_code == 422 and "web.address" in text(answer)
