"""Everything that the office may set: whoever needs another number adds its line to RULES and reads it by name."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

Words = tuple[str, str]
"""Japanese and English."""


class Unit(StrEnum):
    """What a rule's whole number counts."""

    YEN = "yen"
    MINUTES = "minutes"
    HOURS = "hours"
    DAYS = "days"
    RIDES = "rides"
    CLOCK = "clock"
    """A full hour of the day in Japan, 0 to 24."""


class Loosens(StrEnum):
    """Which way a change lets more happen: such a one is confirmed by whoever makes it, with the difference in view."""

    MORE = "more"
    """The greater, the looser: a limit that is raised."""
    LESS = "less"
    """The smaller, the looser: a waiting time that is shortened."""
    NEITHER = "neither"


@dataclass(frozen=True, slots=True)
class Bounds:
    """A whole number from `least` to `most`."""

    unit: Unit
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Rule:
    """A number that the office may set; `default` holds until it has said something else.

    `label` is "日本語 / English"; `affects` says what follows the rule, and what stays as it was.
    """

    name: str
    bounds: Bounds
    default: int
    loosens: Loosens
    label: str
    affects: Words

    @property
    def group(self) -> str:
        """Under which heading it stands: one of GROUPS."""
        return self.name.partition(".")[0]

    @property
    def words(self) -> Words:
        """The label's two halves."""
        japanese, _, english = self.label.partition(" / ")
        return japanese, english


GROUPS: dict[str, Words] = {
    "charging": ("カードチャージ", "Charging by card"),
    "counter": ("窓口", "Counter"),
    "corrections": ("運賃の訂正", "Corrections"),
    "passes": ("カードとパス", "Cards and passes"),
    "shops": ("店", "Shops"),
    "points": ("ポイント", "Points"),
}
"""The first part of a rule's name, and its heading, in the order of the page."""

_YEN, _CLOCK = Bounds(Unit.YEN, 1, 1_000_000), Bounds(Unit.CLOCK, 0, 24)
_DAYS, _HOURS = Bounds(Unit.DAYS, 0, 3_660), Bounds(Unit.HOURS, 0, 3_660)
_CARD_DAYS, _NOTICE_DAYS = Bounds(Unit.DAYS, 30, 1_000), Bounds(Unit.DAYS, 1, 366)
_RIDES, _MINUTES, _WAITS = (
    Bounds(Unit.RIDES, 1, 10),
    Bounds(Unit.MINUTES, 1, 1_440),
    Bounds(Unit.DAYS, 1, 366),
)
_MORE, _LESS, _NEITHER = Loosens.MORE, Loosens.LESS, Loosens.NEITHER

_CHARGES = (
    "その日から申し込まれるチャージに。支払いのすんだ分は変わりません。",
    "Charges asked for from that day on; what is paid stays.",
)
_FIRST = (
    "その日から初めてカードで払う人に。払った人の待ち時間は変わりません。",
    "Whoever pays by card for the first time from that day on; who has paid waits as before.",
)
_TILLS = (
    "その日からの窓口の案内に。締めた日は変わりません。",
    "The counter from that day on; closed days stay.",
)
_CASH = (
    "その日からの窓口の現金チャージに。すんだチャージは変わりません。",
    "Charges in cash at the counter from that day on; those made stay.",
)
_SECOND = (
    "その日から決める訂正に。決めた訂正は変わりません。",
    "Corrections decided from that day on; those decided stay.",
)
_CARDS = (
    "その日から渡すカードに。渡したカードの期限は変わりません。",
    "Cards handed out from that day on; those handed out stay.",
)
_ASKED = (
    "その日から頼まれる訂正に。頼まれた訂正の期限は変わりません。",
    "Corrections asked for from that day on; those asked for keep their time.",
)
_PASSES = (
    "その日から出すパスに。バスはパスに書かれた額を見るので、出したパスは変わりません。",
    "Passes made from that day on; buses go by what a pass says, so those made stay.",
)
_PAID = (
    "その日からの支払いに。それまでの支払いは前の時間のままです。",
    "Payments from that day on; earlier ones keep their time.",
)
_NOTICES = ("その日からのお知らせに。送った分は変わりません。", "Notices from that day on; those made stay.")

RULES = (
    Rule("charging.least_yen", _YEN, 500, _LESS, "一回の最低額 / least of one charge", _CHARGES),
    Rule("charging.most_yen", _YEN, 20_000, _MORE, "一回の上限 / most of one charge", _CHARGES),
    Rule("charging.per_day_yen", _YEN, 20_000, _MORE, "一日の上限 / most in a day", _CHARGES),
    Rule("charging.per_month_yen", _YEN, 50_000, _MORE, "一か月の上限 / most in a month", _CHARGES),
    Rule("charging.new_days", _DAYS, 14, _LESS, "初めての人とみなす日数 / days of being new", _CHARGES),
    Rule("charging.new_per_day_yen", _YEN, 5_000, _MORE, "初めての人の一日 / a day, if new", _CHARGES),
    Rule("charging.new_in_total_yen", _YEN, 10_000, _MORE, "初めての人の合計 / in all, if new", _CHARGES),
    Rule("charging.first_hours", _HOURS, 24, _LESS, "初回が使えるまで / first charge waits", _FIRST),
    Rule("counter.least_yen", _YEN, 100, _LESS, "現金チャージの最低額 / least of one charge", _CASH),
    Rule("counter.most_yen", _YEN, 50_000, _MORE, "現金チャージ一回の上限 / most of one charge", _CASH),
    Rule("counter.per_day_yen", _YEN, 100_000, _MORE, "会員一人の一日の上限 / most in a day", _CASH),
    Rule("counter.balance_yen", _YEN, 100_000, _MORE, "チャージ後の残高の上限 / most a member has", _CASH),
    Rule("counter.closing_hour", _CLOCK, 17, _NEITHER, "レジを締める時刻 / tills are closed at", _TILLS),
    Rule(
        "corrections.second_person_yen", _YEN, 1_000, _MORE, "二人目が要る額 / second person above", _SECOND
    ),
    Rule("corrections.days_to_decide", _WAITS, 30, _MORE, "決裁を待つ日数 / waits for approval", _ASKED),
    Rule("passes.card_days", _CARD_DAYS, 365, _MORE, "カードの有効日数 / a card is good for", _CARDS),
    Rule("passes.rides_held", _RIDES, 2, _MORE, "パスに取り置く乗車 / rides set aside", _PASSES),
    Rule("shops.void_minutes", _MINUTES, 10, _MORE, "店で取り消せる時間 / a shop voids within", _PAID),
    Rule(
        "points.first_notice_days", _NOTICE_DAYS, 60, _NEITHER, "期限の最初の知らせ / first notice", _NOTICES
    ),
    Rule("points.second_notice_days", _NOTICE_DAYS, 14, _NEITHER, "二度目の知らせ / second notice", _NOTICES),
    Rule("points.last_notice_days", _NOTICE_DAYS, 3, _NEITHER, "最後の知らせ / last notice", _NOTICES),
)

NOT_ABOVE = (
    ("charging.least_yen", "charging.most_yen"),
    ("counter.least_yen", "counter.most_yen"),
    ("counter.most_yen", "counter.per_day_yen"),
    ("counter.most_yen", "counter.balance_yen"),
    ("points.last_notice_days", "points.second_notice_days"),
    ("points.second_notice_days", "points.first_notice_days"),
)
"""Pairs of which the first may on no day be above the second."""

BY_NAME = {each.name: each for each in RULES}
