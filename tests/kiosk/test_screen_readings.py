"""What guests read on the rendered page: every kanji has its reading, all Japanese has English beside it."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from http import HTTPStatus

import pytest
from flask.testing import FlaskClient

from kiosk import words as desk_words
from kiosk.ports import Message, RecentCode, ShownCode, Snapshot
from kiosk.screen.pages import create_app
from kiosk.screen.words import plain
from tests.kiosk.desk_bench import ADULT, CHILD
from tests.kiosk.screen_bench import EMPTY, KEY

KANJI = re.compile(r"[一-龯々]")
JAPANESE = re.compile(r"[ぁ-んァ-ヶ一-龯々]")
READING = re.compile(r"\{[^|{}]+\|[^|{}]+\}")
RUBY = {"ruby", "rt", "rp"}
VOID = {"meta", "link", "path", "circle"}
OPEN = replace(EMPTY, now_text="14:05", clock_known=True, link_up=True, visits=(ADULT, CHILD), demo=True)
ONE = ShownCode(7, "https://village.example/p#abc", ADULT.id, 1, 90)
FAMILY = replace(ONE, number=8, count=3, claimed=1)
LATELY = tuple(
    RecentCode(count, ADULT.id, count, "14:02", 0, undone=False, card=False, can_show=True)
    for count in range(1, 7)
)
STATES = {
    "keys": OPEN,
    "a card can be shown": replace(OPEN, camera=True),
    "one code": replace(OPEN, codes=(ONE,)),
    "codes beside each other": replace(OPEN, codes=(ONE, FAMILY)),
    "a kind of visit that has left": replace(OPEN, codes=(replace(ONE, visit=99),)),
    "again": replace(OPEN, recent=LATELY),
    "closed": replace(OPEN, open=False, hours="10:00–21:00"),
    "no network, no time": replace(OPEN, link_up=False, clock_known=False, now_text=""),
    "full": replace(OPEN, stopped=desk_words.FULL),
    "broken": replace(OPEN, stopped=desk_words.BROKEN.format(error="disk I/O error")),
    **{
        f"message {kind}": replace(OPEN, message=Message(1, kind, said))
        for kind, said in desk_words.MESSAGES.items()
    },
}


class _Element:
    def __init__(self, tag: str, *, english: bool, above: _Element | None) -> None:
        self.tag = tag
        self.english = english
        self.above = above
        self.has_english = False

    @property
    def holder(self) -> _Element:
        """What holds the word; a reading is part of it."""
        return self.above.holder if self.above and self.in_ruby else self

    @property
    def in_ruby(self) -> bool:
        """Whether a reading stands above it."""
        return self.tag in RUBY or (self.above is not None and self.above.in_ruby)


class Reads(HTMLParser):
    """What stands in the body: `bare` are kanji outside of ruby, and `alone` is Japanese without English.

    English stands beside a word: in the element that holds it, or in the one around that.
    """

    def __init__(self, html: str) -> None:
        super().__init__()
        self.bare: list[str] = []
        self._at = _Element("", english=False, above=None)
        self._japanese: list[tuple[str, _Element]] = []
        self.feed(html.partition("<body")[2])
        self.alone = [
            text
            for text, holder in self._japanese
            if not holder.has_english and not (holder.above and holder.above.has_english)
        ]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in VOID:
            return
        english = self._at.english or ("lang", "en") in attrs
        self._at.has_english |= english
        self._at = _Element(tag, english=english, above=self._at)

    def handle_endtag(self, tag: str) -> None:
        if self._at.above and tag not in VOID:
            assert tag == self._at.tag
            self._at = self._at.above

    def handle_data(self, data: str) -> None:
        if self._at.english or not JAPANESE.search(data):
            return
        self._japanese.append((data.strip(), self._at.holder))
        if not self._at.in_ruby and KANJI.search(data):
            self.bare.append(data.strip())


def client_of(snapshot: Snapshot, *, takes: bool = True) -> FlaskClient:
    app = create_app(
        lambda: snapshot, lambda version, _: version, lambda _: takes, lambda: None, screen_key=KEY
    )
    return app.test_client()


@pytest.mark.parametrize("state", STATES)
def test_every_kanji_before_guests_has_its_reading_and_all_japanese_has_english(state: str) -> None:
    reads = Reads(client_of(STATES[state]).get("/").get_data(as_text=True))
    assert reads.bare == []
    assert reads.alone == []


def test_one_person_and_two_are_read_by_words_of_their_own() -> None:
    page = client_of(OPEN).get("/now").get_json()["regions"]["keys"]
    assert re.findall(r"<rt>(ひとり|ふたり|にん)</rt>", page) == ["ひとり", "ふたり", *["にん"] * 4]


@pytest.mark.parametrize(
    ("path", "key", "takes", "status"),
    [
        ("/offer", KEY, True, HTTPStatus.CONFLICT),
        ("/staff/leave", KEY, False, HTTPStatus.SERVICE_UNAVAILABLE),
        ("/offer", "another", True, HTTPStatus.FORBIDDEN),
        ("/nowhere", KEY, True, HTTPStatus.NOT_FOUND),
    ],
)
def test_every_kanji_of_what_a_touch_is_refused_with_has_its_reading(
    path: str, key: str, takes: bool, status: HTTPStatus
) -> None:
    own = {"Origin": "http://localhost", "X-Screen-Key": key}
    answer = client_of(OPEN, takes=takes).post(path, headers=own)
    said = answer.get_json()
    assert answer.status_code == status
    assert said["error_en"]
    assert not KANJI.search(READING.sub("", said["error"])), said["error"]
    assert "|" not in plain(said["error"])
