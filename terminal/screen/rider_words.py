"""What the rider's display says for every answer of the door and every hint: what to do, in plain words, to one's face.

Everybody at the door can read it. So it never says why a pass was not taken where the reason could embarrass: then it
asks to speak to the driver, whose page has the reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from device.reader.messages import Hint
from rules.ride.outcomes import Movement, Outcome


class Mood(StrEnum):
    """How an answer looks: done, cash to be paid, show the code again, speak to the driver, take a paper ticket.

    Each has its drawing.
    """

    DONE = "done"
    PAY = "pay"
    AGAIN = "again"
    ASK = "ask"
    TICKET = "ticket"


@dataclass(frozen=True, slots=True)
class RiderWords:
    """`head` is read from a step away; `do` is what to do now, "" where there is nothing."""

    mood: Mood
    head: str
    head_en: str
    do: str = ""
    do_en: str = ""


MOVED: dict[Movement, tuple[str, str]] = {
    Movement.BOARD: ("乗りました", "Welcome aboard"),
    Movement.ALIGHT: ("降りました", "Thank you"),
}
"""The head of an answer by which somebody rides."""

DONE = RiderWords(Mood.DONE, "どうぞ", "Thank you")
DRIVER = RiderWords(
    Mood.ASK,
    "運転士へどうぞ",
    "Please see the driver",
    "運転士にお声がけください。",
    "The driver will help you.",
)
TICKET = RiderWords(
    Mood.TICKET,
    "整理券をお取りください",
    "Please take a paper ticket",
    "運賃は現金でお願いします。",
    "Please pay in cash.",
)

RIDER_WORDS: dict[Outcome, RiderWords] = {
    Outcome.OK: DONE,
    Outcome.OK_OTHER: DONE,
    Outcome.GRACED: DONE,
    Outcome.SHORT: RiderWords(
        Mood.PAY, "どうぞ", "Thank you", "残りは現金でお願いします。", "Please pay the rest in cash."
    ),
    Outcome.ALREADY_BOARDED: RiderWords(
        Mood.DONE, "乗車済みです", "Already on board", "そのままお席へどうぞ。", "Please take your seat."
    ),
    Outcome.ALREADY_ALIGHTED: RiderWords(
        Mood.DONE, "降車済みです", "Already recorded", "そのままお降りください。", "You may get off."
    ),
    Outcome.DENIED: DRIVER,
    Outcome.EXPIRED: DRIVER,
    Outcome.NOT_YET_VALID: DRIVER,
    Outcome.STALE_CODE: RiderWords(
        Mood.AGAIN,
        "もう一度どうぞ",
        "Once more, please",
        "ページを開き直して、新しいQRをかざしてください。",
        "Reopen the page and show the new code.",
    ),
    Outcome.REPLAYED: RiderWords(
        Mood.AGAIN,
        "もう一度どうぞ",
        "Once more, please",
        "QRが変わるのを待って、かざしてください。",
        "Wait for the next code and show it.",
    ),
    Outcome.LONG_CODE_WANTED: RiderWords(
        Mood.AGAIN,
        "そのままどうぞ",
        "Keep it there",
        "次のQRに変わるまで、そのままかざしてください。",
        "Hold your phone there for the next code.",
    ),
    Outcome.CARD_NOT_LISTED: DRIVER,
    Outcome.CARD_LIMIT: DRIVER,
    Outcome.FARE_UNKNOWN: DRIVER,
    Outcome.JOURNAL_FULL: TICKET,
    Outcome.UNKNOWN_KEY: DRIVER,
    Outcome.BAD_SIGNATURE: DRIVER,
    Outcome.UNREADABLE: RiderWords(
        Mood.AGAIN,
        "もう一度どうぞ",
        "Once more, please",
        "画面を明るくして、かざしてください。",
        "Brighten the screen and show the code.",
    ),
    Outcome.NOT_A_PASS: RiderWords(
        Mood.AGAIN,
        "別のQRです",
        "Another kind of code",
        "ゆけむりPassの画面を出してください。",
        "Please open your ゆけむりPass.",
    ),
    Outcome.POSITION_UNKNOWN: TICKET,
    Outcome.OTHER_NETWORK: DRIVER,
    Outcome.NO_TRIP: TICKET,
}

HINTS: dict[Hint, RiderWords] = {
    Hint.NEARER: RiderWords(
        Mood.AGAIN, "もっと近くに", "Nearer", "少し近づけてください。", "Move it nearer."
    ),
    Hint.FARTHER: RiderWords(
        Mood.AGAIN, "少し離して", "Farther", "少し離してください。", "Move it away a little."
    ),
    Hint.BRIGHTER: RiderWords(
        Mood.AGAIN, "明るくして", "Brighter", "画面を明るくしてください。", "Brighten your screen."
    ),
    Hint.GLARE: RiderWords(Mood.AGAIN, "少し傾けて", "Tilt it", "光が映っています。", "Light mirrors on it."),
    Hint.STRAIGHTER: RiderWords(
        Mood.AGAIN, "まっすぐに", "Straighter", "カメラに向けてください。", "Face it to the camera."
    ),
    Hint.STILL: RiderWords(
        Mood.AGAIN, "動かさずに", "Hold still", "そのまま動かさないでください。", "Please hold it still."
    ),
}
"""Their drawings have the hints' names."""
