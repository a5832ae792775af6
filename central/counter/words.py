"""The counter's words, Japanese first."""

from __future__ import annotations

from central.counter.keep_cards import WhyBlocked
from central.members.store import Standing
from central.words.words import STATES, Words

WHY_BLOCKED: dict[WhyBlocked, Words] = {
    WhyBlocked.LOST: ("なくした", "lost"),
    WhyBlocked.STOLEN: ("盗まれた", "stolen"),
    WhyBlocked.DAMAGED: ("こわれた・読めない", "damaged"),
    WhyBlocked.GIVEN_BACK: ("返された", "given back"),
}
STANDINGS: dict[Standing, Words] = {
    Standing.BLOCKED: ("停止中", "blocked"),
    Standing.CLOSED: ("解約", "closed"),
}

WRONG_FORM = "入力が読めません。画面を開き直してください。 / That form cannot be read: open the page again."
NOBODY = (
    "この番号の会員はいません。番号を確かめるか、名前でさがしてください。 / "
    "There is no such member: look at the number again, or look by name."
)
BAD_NEWCOMER = (
    "名前と区分を入れ、100文字までにしてください。 / Give a name and a class, of at most 100 characters."
)
BAD_YEN = "金額は円の整数で入れてください。 / The amount is a whole number of yen."
TOO_LITTLE = "残高が足りません。先にチャージしてください。 / The balance is too low: charge it first."
NO_SUCH_RIDE = (
    "この乗車は、発行したパスのものではありません。「運行」でさがしてください。 / "
    "That is no ride by a pass of ours: look for it among today's."
)
PHONE_STATES: dict[str, Words] = {
    **STATES,
    "double": ("バスが読んだ・請求なし", "read by the bus, too: not charged"),
}
"""Of rides by a phone that read the bus."""
NO_SUCH_PHONE_RIDE = (
    "携帯でのその乗車はありません。会員の乗車から開いてください。 / "
    "There is no such ride by phone: open it from its member."
)
NO_CARDS_CHOSEN = "印刷するカードを選んでください。 / Choose the cards to print."
CASH_NOT_YOURS = "現金は出納の担当が扱います。 / Cash is for the cashier."
