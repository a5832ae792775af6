"""Every way in which the counter says no, and its words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from rules.ledger.charge_limits import OverLimit


class NotDone(StrEnum):
    """Why the counter does not do it. The values stand in the database and stay stable."""

    OTHER_COMMAND = "other-command"
    """The command's id was used before, for something else."""
    NO_STAFF = "no-staff"
    """Nobody says who does it."""
    SAME_PERSON = "same-person"
    """Whoever asked would approve it too."""
    NO_ISSUER = "no-issuer"
    """The receipt could not say who issues the currency."""
    TILL_NOT_OPEN = "till-not-open"
    """The till has not been opened."""
    TILL_OF_ANOTHER_DAY = "till-of-another-day"
    """The till was opened on an earlier day and not counted."""
    TILL_COUNTED = "till-counted"
    """The till has been counted for today."""
    TILL_OPEN = "till-open"
    """The till is open already, or was today."""
    UNKNOWN_MEMBER = "unknown-member"
    """No such account."""
    MEMBER_CLOSED = "member-closed"
    """The account has been closed."""
    NO_RECEIPT = "no-receipt"
    """There is no such receipt of a charge."""
    VOIDED = "voided"
    """The charge has been voided already."""
    NOT_TODAY = "not-today"
    """The charge was made on another day."""
    PARTLY_SPENT = "partly-spent"
    """Of the charge not everything is left."""
    VALUE_HELD = "value-held"
    """A pass or card charge keeps some of the member's value."""
    OTHER_RIGHTS = "other-rights"
    """The member has paid for something that is not くらポ."""
    OVER_CASH = "over-cash"
    """The till has less cash than that."""
    COUNTED_BEFORE = "counted-before"
    """It was counted before, and the count does not say that it corrects."""
    NOT_THE_FIRST = "not-the-first"
    """The count that is to be corrected is not the first of the same."""
    UNKNOWN_BUS = "unknown-bus"
    """No such bus."""
    REGISTERED = "registered"
    """The page has registered somebody before."""
    NO_CARDS = "no-cards"
    """There is no edition in force, or no number of the village, so no pass can be issued."""
    NO_CARD = "no-card"
    """The member has no such card."""
    CARD_REPLACED = "card-replaced"
    """Another card took its place already."""


Why = NotDone | OverLimit

WORDS: Final[dict[Why, str]] = {
    NotDone.OTHER_COMMAND: (
        "この番号は別の内容で使われています。新しい番号で行ってください / "
        "this id was used for something else: do it under a new one"
    ),
    NotDone.NO_STAFF: "担当者の名前を入れてください / say who does it",
    NotDone.SAME_PERSON: (
        "申請した人と承認した人が同じです。別の職員が承認してください / "
        "the same person asked and approved: another one has to approve"
    ),
    NotDone.NO_ISSUER: (
        "領収書に出す発行者と連絡先がありません。先に管理の担当がレジの画面で入れてください / "
        "there is no issuer and contact for the receipt: an administrator sets them on the till's page "
        "or with counter settings first"
    ),
    NotDone.TILL_NOT_OPEN: (
        "レジが開いていません。釣り銭を数え、レジの画面で開けてください / "
        "the till is not open: count its change, and open it on its page or with counter open"
    ),
    NotDone.TILL_OF_ANOTHER_DAY: (
        "レジは {detail} から締めていません。先にレジの画面で締めてください / "
        "the till is open since {detail}: count it on its page or with counter count first"
    ),
    NotDone.TILL_COUNTED: (
        "レジは今日もう締めました。別のレジで行うか、明日にしてください / "
        "the till has been counted for today: use another one, or do it tomorrow"
    ),
    NotDone.TILL_OPEN: (
        "レジはもう開いています（{detail}）。締めるのもレジの画面です / "
        "the till is open already ({detail}); counter count ends its day"
    ),
    NotDone.UNKNOWN_MEMBER: (
        "この会員は登録されていません。番号を確かめてください / there is no such member: look at the number again"
    ),
    NotDone.MEMBER_CLOSED: (
        "この会員は解約しています。新しく登録してください / the account has been closed: register the member anew"
    ),
    NotDone.NO_RECEIPT: (
        "この番号のチャージはありません。レジの画面か counter receipts で番号を確かめてください / "
        "there is no charge of that number: the till's page and counter receipts show them"
    ),
    NotDone.VOIDED: (
        "このチャージは {detail} 番で取り消しています / the charge was voided before, by receipt {detail}"
    ),
    NotDone.NOT_TODAY: (
        "取り消しは当日だけです。このチャージは {detail} のものです / "
        "a charge can be voided on its own day only; this one is of {detail}"
    ),
    NotDone.PARTLY_SPENT: (
        "もう使ったか、取り置きされた分があります。残りは {detail} 円です / "
        "some of it was used or is held: {detail} yen are left"
    ),
    NotDone.VALUE_HELD: (
        "{detail} 円がパスなどに取り置かれています。先にパスを止め、取り置きが終わってから行ってください / "
        "{detail} yen are held, as for a pass: stop it first, and do this when the hold has ended"
    ),
    NotDone.OTHER_RIGHTS: (
        "買った券（{detail}）が残っています。先にその券を払い戻してください / "
        "tickets that were paid for are left ({detail}): give their money back first"
    ),
    NotDone.OVER_CASH: (
        "レジの現金が足りません。レジには {detail} 円あるはずです / "
        "the till has too little cash: there should be {detail} yen in it"
    ),
    NotDone.COUNTED_BEFORE: (
        "もう数えています（{detail} 番）。訂正なら --corrects {detail} を付けてください / "
        "it was counted before, by count {detail}: to correct that, add --corrects {detail}"
    ),
    NotDone.NOT_THE_FIRST: (
        "訂正できるのは、同じレジか袋の同じ日の最初の計数だけです（{detail}） / "
        "a correction names the first count of the same till or bag and day ({detail})"
    ),
    NotDone.UNKNOWN_BUS: (
        "この車両は登録されていません。番号を確かめてください / there is no such bus: look at its id again"
    ),
    NotDone.REGISTERED: (
        "この画面ではもう登録が済んでいます。名前でさがしてください / "
        "somebody was registered by this page before: look for them by name"
    ),
    NotDone.NO_CARDS: (
        "カードを出せません。設定の issuer と、今日有効な路線の版を確かめてください / "
        "no card can be issued: look at issuer in the settings, and for an edition that is in force today"
    ),
    NotDone.NO_CARD: (
        "この会員のカードではありません。画面を開き直してください / not a card of this member: open the page again"
    ),
    NotDone.CARD_REPLACED: (
        "このカードはもう再発行されています。新しいカードを印刷してください / "
        "the card has been replaced already: print the new one"
    ),
    OverLimit.LEAST: (
        "チャージは {limit} 円からです（{since[0]}） / the least that can be charged is {limit} yen ({since[1]})"
    ),
    OverLimit.MOST: (
        "一度にチャージできるのは {limit} 円までです（{since[0]}） / one charge is at most {limit} yen ({since[1]})"
    ),
    OverLimit.PER_DAY: (
        "一日の上限は {limit} 円です（{since[0]}）。今日チャージできるのは、あと {detail} 円です / "
        "a day's limit is {limit} yen ({since[1]}): today {detail} yen more can be charged"
    ),
    OverLimit.BALANCE: (
        "残高の上限は {limit} 円です（{since[0]}）。あと {detail} 円チャージできます / "
        "a member may have {limit} yen ({since[1]}): {detail} yen more can be charged"
    ),
}


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing was done. `detail` is what the words name, "" for nothing.

    For a limit of charging, `limit` is the limit in force in yen, and `since` its first day, YYYY-MM-DD, "" where it is
    as delivered.
    """

    reason: Why
    detail: str = ""
    limit: int = 0
    since: str = ""

    @property
    def words(self) -> str:
        """What the clerk reads: why, and what to do."""
        since = (
            (f"{self.since} から", f"since {self.since}") if self.since else ("はじめの値", "as delivered")
        )
        return WORDS[self.reason].format(detail=self.detail, limit=f"{self.limit:,}", since=since)


def why(value: str) -> Why:
    """The reason that stands in the database."""
    return OverLimit(value) if value in set(OverLimit) else NotDone(value)
