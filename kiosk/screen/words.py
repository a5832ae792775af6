"""What the page says, in plain Japanese with the reading of every kanji, and in English.

`{漢字|かんじ}` is a word with its reading, shown above it for whoever wants furigana.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from kiosk.ports import MessageKind

_READING = re.compile(r"\{([^|{}]+)\|([^|{}]+)\}")


@dataclass(frozen=True, slots=True)
class Words:
    """One sentence, or a few words; `ja` with its readings."""

    ja: str
    en: str


class Mood(StrEnum):
    """How a message looks: it went well; do something else first; ask at the counter."""

    GOOD = "good"
    LOOK = "look"
    STOP = "stop"


WORDS: dict[str, Words] = {
    "title": Words("{入浴|にゅうよく}ポイント", "Points for your bath"),
    "touch": Words("{画面|がめん}にふれてください", "Touch the screen"),
    "how-many": Words("{何人|なんにん}ですか", "How many?"),
    "which": Words("えらぶとコードが{出|で}ます", "Choose, and a code appears"),
    "read": Words("スマホのカメラで{読|よ}み{取|と}ってください", "Read it with your phone's camera"),
    "family": Words("ひとりずつスマホで{読|よ}み{取|と}ってください", "Each of you reads it by phone"),
    "hide": Words("しまう", "Done"),
    "left": Words("あと", "left"),
    "seconds": Words("{秒|びょう}", "seconds"),
    "points": Words("ポイント", "points"),
    "people": Words("{人|にん}", "people"),
    "person": Words("{人|にん}", "person"),
    "again": Words("もう{一度|いちど}{表示|ひょうじ}", "Show again"),
    "again.which": Words("どのコードですか", "Which code?"),
    "again.none": Words("もう{一度|いちど}{出|だ}せるコードはありません", "There is no code to show again"),
    "close": Words("とじる", "Close"),
    "closed": Words("ただいま{営業時間外|えいぎょうじかんがい}です", "We are closed now"),
    "hours": Words("{営業時間|えいぎょうじかん}", "Opening hours"),
    "hint": Words("コードはスマホで{受|う}け{取|と}れます", "Take the code with your phone"),
    "hint.card": Words(
        "カードの{方|かた}は、カードをカメラに{見|み}せてください", "With a card: show it to the camera"
    ),
    "hint.shown": Words(
        "コードは{消|き}えても、もう{一度|いちど}{出|だ}せます", "A code that has gone can be shown again"
    ),
    "hint.staff": Words("{係|かかり}の{画面|がめん}です", "The staff's page"),
    "no-link": Words("{通信|つうしん}なし。ポイントは{出|だ}せます", "No network; points work"),
    "no-clock": Words("{時刻|じこく}{不明|ふめい}。ポイントは{後|のち}ほど", "Time not known; points later"),
    "demo": Words("{試験用|しけんよう}", "DEMO"),
    "furigana": Words("ふりがな", "Readings"),
    "staff": Words("{係|かかり}", "Staff"),
    "stopped": Words("コードを{出|だ}せません", "No code can be made"),
    "stopped.ask": Words("{受付|うけつけ}へお{声|こえ}がけください", "Please ask at the counter"),
    "lost": Words("{画面|がめん}が{更新|こうしん}されていません", "This screen is not being updated"),
    "lost.ask": Words(
        "{自動|じどう}で{直|なお}します。{続|つづ}くときは{受付|うけつけ}へ",
        "It mends itself; if this stays, please ask at the counter",
    ),
    "pin": Words("{暗証番号|あんしょうばんごう}", "Staff PIN"),
    "pin.erase": Words("{消|け}す", "Erase"),
    "pin.open": Words("{開|ひら}く", "Open"),
}
"""By the name that the templates use."""

MOODS: dict[MessageKind, Mood] = {
    MessageKind.MADE: Mood.GOOD,
    MessageKind.CARD_DONE: Mood.GOOD,
    MessageKind.CARD_AGAIN: Mood.LOOK,
    MessageKind.CARD_UNKNOWN: Mood.LOOK,
    MessageKind.CARD_DENIED: Mood.STOP,
    MessageKind.CLAIMED: Mood.GOOD,
    MessageKind.CLOSED: Mood.LOOK,
    MessageKind.TOO_MANY: Mood.STOP,
    MessageKind.NO_SPACE: Mood.LOOK,
    MessageKind.GONE: Mood.LOOK,
    MessageKind.UNDONE: Mood.GOOD,
    MessageKind.NOTHING_TO_UNDO: Mood.LOOK,
    MessageKind.WRONG_PIN: Mood.LOOK,
    MessageKind.PIN_WAITS: Mood.STOP,
    MessageKind.STOPPED: Mood.STOP,
}

READINGS: dict[MessageKind, str] = {
    MessageKind.MADE: "スマホで{読|よ}み{取|と}ってください",
    MessageKind.CARD_DONE: "カードを{読|よ}みました。ポイントが{入|はい}ります",
    MessageKind.CARD_AGAIN: "このカードは{先|さき}ほど{読|よ}みました",
    MessageKind.CARD_UNKNOWN: (
        "このカードは{使|つか}えません。スマホの{方|かた}は{画面|がめん}のコードを{読|よ}み{取|と}ってください"
    ),
    MessageKind.CARD_DENIED: ("このカードは{使|つか}えません。{受付|うけつけ}へお{声|こえ}がけください"),
    MessageKind.CLAIMED: "ポイントを{受|う}け{取|と}りました",
    MessageKind.CLOSED: "ただいま{営業時間外|えいぎょうじかんがい}です",
    MessageKind.TOO_MANY: "しばらくコードを{出|だ}せません。{受付|うけつけ}へお{声|こえ}がけください",
    MessageKind.NO_SPACE: (
        "{表示中|ひょうじちゅう}のコードを{読|よ}み{取|と}ってから、もう{一度|いちど}{押|お}してください"
    ),
    MessageKind.GONE: "このコードはもう{表示|ひょうじ}できません",
    MessageKind.UNDONE: "{取|と}り{消|け}しました",
    MessageKind.NOTHING_TO_UNDO: "{取|と}り{消|け}せません。{画面|がめん}を{見直|みなお}してください",
    MessageKind.WRONG_PIN: "{暗証番号|あんしょうばんごう}が{違|ちが}います",
    MessageKind.PIN_WAITS: (
        "{暗証番号|あんしょうばんごう}の{間違|まちが}いが{続|つづ}きました。5{分|ふん}{待|ま}ってください"
    ),
    MessageKind.STOPPED: (
        "{記録|きろく}できないため、コードを{出|だ}せません。{受付|うけつけ}へお{声|こえ}がけください"
    ),
}
"""The desk's words with their readings."""

COUNTED: dict[int, str] = {1: "ひとり", 2: "ふたり"}
"""How many people, where number and 人 are read as one word."""

SENTENCES: tuple[str, ...] = (
    (
        "{記録|きろく}がいっぱいです。コードは{出|だ}せません。{回線|かいせん}がつながると{空|あ}きます。"
        "{続|つづ}くときは{事務所|じむしょ}へ{連絡|れんらく}してください。"
    ),
    "{記録|きろく}できません。{紙|かみ}で{扱|あつか}い、{事務所|じむしょ}へ{連絡|れんらく}してください",
    "この{画面|がめん}からの{操作|そうさ}ではありません。{画面|がめん}を{開|ひら}き{直|なお}してください。",
    "その{操作|そうさ}はできません。",
)
"""What is said elsewhere without readings: why the kiosk stopped (`kiosk/words.py`), the guard's refusals."""


def parts(text: str) -> list[tuple[str, str]]:
    """The text in pieces, each with its reading, "" where it has none."""
    found: list[tuple[str, str]] = []
    at = 0
    for word in _READING.finditer(text):
        found += [(text[at : word.start()], ""), (word[1], word[2])]
        at = word.end()
    return [each for each in [*found, (text[at:], "")] if each[0]]


def plain(text: str) -> str:
    """The text without its readings."""
    return "".join(written for written, _ in parts(text))


def claim_within(hours: int) -> Words:
    """How a code is claimed, and for how many hours it is good."""
    return Words(
        f"{{開|ひら}}いたページで{{受|う}}け{{取|と}}ります。{{後|あと}}でも、{hours}{{時間|じかん}}{{使|つか}}えます",
        f"Take your points on the page that opens: now, or within {hours} hour{'s' if hours != 1 else ''}",
    )


def with_readings(text: str) -> str:
    """The text with the readings of each of `SENTENCES` that stands in it."""
    for sentence in SENTENCES:
        text = text.replace(plain(sentence), sentence)
    return text
