"""What the driver's page says for every answer of the door, in plain Japanese and in English.

The sentences are such that the driver can read them out to the rider as they stand.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from device.reader.messages import Hint
from rules.messages.events import Means
from rules.ride.outcomes import Movement, Outcome


class Kind(StrEnum):
    """The colour of an answer: nothing to do, look at the rider, does not ride by this code."""

    GREEN = "green"
    LOOK = "look"
    RED = "red"


@dataclass(frozen=True, slots=True)
class Words:
    """`key` is one word of at most four characters, read from afar; `say` is one or two sentences."""

    kind: Kind
    key: str
    key_en: str
    say: str
    say_en: str


WORDS: dict[Outcome, Words] = {
    Outcome.OK: Words(Kind.GREEN, "どうぞ", "OK", "記録しました。", "Recorded."),
    Outcome.OK_OTHER: Words(
        Kind.LOOK, "確認", "Check", "区分と人数を見てください。", "Please check class and number of people."
    ),
    Outcome.GRACED: Words(
        Kind.GREEN,
        "猶予",
        "Accepted",
        "時刻は後で確かめます。そのままどうぞ。",
        "Accepted; the time is checked later.",
    ),
    Outcome.SHORT: Words(
        Kind.LOOK, "不足", "Short", "足りない分は現金でお願いします。", "The rest is paid in cash."
    ),
    Outcome.ALREADY_BOARDED: Words(
        Kind.LOOK,
        "乗車済み",
        "Already on board",
        "もう乗車の記録があります。そのままどうぞ。",
        "Boarding is already recorded.",
    ),
    Outcome.ALREADY_ALIGHTED: Words(
        Kind.LOOK,
        "降車済み",
        "Already alighted",
        "もう降車の記録があります。そのままどうぞ。",
        "Alighting is already recorded.",
    ),
    Outcome.DENIED: Words(
        Kind.RED,
        "利用停止",
        "Suspended",
        "止められているパスです。現金でお願いします。",
        "This pass is suspended. Please pay cash.",
    ),
    Outcome.EXPIRED: Words(
        Kind.RED,
        "期限切れ",
        "Expired",
        "期限の切れたパスです。現金でお願いします。",
        "This pass has expired. Please pay cash.",
    ),
    Outcome.NOT_YET_VALID: Words(
        Kind.RED,
        "期間前",
        "Not valid yet",
        "まだ使えないパスです。現金でお願いします。",
        "This pass is not valid yet. Please pay cash.",
    ),
    Outcome.STALE_CODE: Words(
        Kind.RED,
        "古いQR",
        "Old code",
        "画面を開き直して、もう一度かざしてください。",
        "Please reopen the page and show the code again.",
    ),
    Outcome.REPLAYED: Words(
        Kind.RED,
        "使用済み",
        "Used before",
        "新しいQRに変わってから、もう一度かざしてください。",
        "Please wait for the next code and show it again.",
    ),
    Outcome.LONG_CODE_WANTED: Words(
        Kind.LOOK,
        "もう一度",
        "Once more",
        "そのまま次のQRをかざしてください。",
        "Please keep the phone there for the next code.",
    ),
    Outcome.CARD_NOT_LISTED: Words(
        Kind.RED,
        "未登録",
        "Not listed",
        "この車に登録のないカードです。現金でお願いします。",
        "This bus does not know the card. Please pay cash.",
    ),
    Outcome.CARD_LIMIT: Words(
        Kind.RED,
        "上限超え",
        "Card limit",
        "今日の上限を超えたカードです。現金でお願いします。",
        "The card's limit for today is reached. Please pay cash.",
    ),
    Outcome.FARE_UNKNOWN: Words(
        Kind.LOOK,
        "運賃不明",
        "Fare unknown",
        "運賃表を見て、現金でお願いします。",
        "Look up the fare table and take cash.",
    ),
    Outcome.JOURNAL_FULL: Words(
        Kind.RED,
        "記録不可",
        "Cannot record",
        "記録がいっぱいです。現金でお願いします。役場へ連絡してください。",
        "Storage is full. Take cash and call the office.",
    ),
    Outcome.UNKNOWN_KEY: Words(
        Kind.RED,
        "確認不可",
        "Cannot check",
        "この車では確かめられないパスです。現金でお願いします。",
        "This bus cannot check the pass. Please pay cash.",
    ),
    Outcome.BAD_SIGNATURE: Words(
        Kind.RED,
        "無効",
        "Not genuine",
        "本物と確かめられないパスです。現金でお願いします。",
        "The pass is not genuine. Please pay cash.",
    ),
    Outcome.UNREADABLE: Words(
        Kind.RED,
        "読取不可",
        "Unreadable",
        "画面を明るくして、もう一度かざしてください。",
        "Please brighten the screen and show the code again.",
    ),
    Outcome.NOT_A_PASS: Words(
        Kind.RED,
        "別のQR",
        "Not a pass",
        "ゆけむりPassの画面を出してください。",
        "Please open the ゆけむりPass page.",
    ),
    Outcome.POSITION_UNKNOWN: Words(
        Kind.LOOK,
        "位置不明",
        "Stop unknown",
        "停留所がわかりません。整理券と現金でお願いします。",
        "The stop is not known. Use the paper ticket and cash.",
    ),
    Outcome.OTHER_NETWORK: Words(
        Kind.RED,
        "他地域",
        "Other network",
        "ほかの地域のパスです。現金でお願いします。",
        "A pass of another network. Please pay cash.",
    ),
    Outcome.NO_TRIP: Words(
        Kind.RED,
        "便未選択",
        "No trip",
        "左で便を選んでから、もう一度かざしてください。",
        "Choose the trip on the left, then show the code again.",
    ),
}

MOVEMENTS: dict[Movement, tuple[str, str]] = {
    Movement.BOARD: ("乗車", "Boarding"),
    Movement.ALIGHT: ("降車", "Alighting"),
}
"""The key word of a tap that rides is where the rider goes, in or out."""

RIDER_CLASSES: dict[str, tuple[str, str]] = {
    "adult": ("大人", "Adult"),
    "child": ("小児", "Child"),
    "senior": ("高齢者", "Senior"),
    "student": ("学生", "Student"),
    "handbook": ("手帳", "Handbook"),
    "handbook_attended": ("手帳介助", "Attended"),
}
"""Keys are the names of `RiderClass` in small letters."""

MEANS: dict[Means, tuple[str, str]] = {
    Means.CASH: ("現金", "Cash"),
    Means.COUPON: ("回数券", "Coupon"),
    Means.COMMUTER: ("定期券", "Commuter"),
    Means.PASS: ("パス", "Pass"),
}
"""How somebody rides who is recorded by hand. A paper 整理券 is cash: its number tells where they boarded."""

HINTS: dict[Hint, tuple[str, str]] = {
    Hint.NEARER: ("もう少し近づけて", "A little nearer, please"),
    Hint.FARTHER: ("もう少し離して", "A little farther, please"),
    Hint.BRIGHTER: ("画面を明るくして", "Brighten the screen, please"),
    Hint.GLARE: ("少し傾けて", "It mirrors the light: tilt it, please"),
    Hint.STRAIGHTER: ("まっすぐ向けて", "Hold it straight, please"),
    Hint.STILL: ("止めたまま待って", "Hold it still, please"),
}
"""What would help to read a code that is held up, such that the driver can read it out."""
