"""Words of programmes, for staff."""

from __future__ import annotations

from central.programmes.keep_programmes import Why
from rules.ledger.lots import Origin
from rules.ledger.programmes import LegalClass

LEGAL = {
    LegalClass.GIVEN: ("無償", "given for nothing"),
    LegalClass.VILLAGE: ("村が発行（適用除外）", "the village itself, exempt"),
    LegalClass.SIX_MONTHS: ("6か月以内（適用除外）", "six months at most, exempt"),
    LegalClass.SELF: ("自家型", "own issuer"),
    LegalClass.THIRD_PARTY: ("第三者型", "third party"),
}
ORIGINS = {
    Origin.FREE: ("無償", "free"),
    Origin.PREMIUM: ("プレミアム", "premium"),
    Origin.PAID: ("有償", "paid"),
}
EXPIRY = {
    "none": ("期限なし", "never"),
    "fiscal-year-end": ("年度末まで", "end of the fiscal year"),
    "months-from-grant": ("付与から何か月", "months from grant"),
    "months-from-use": ("最後の利用から何か月", "months from last use"),
}
WHAT = {"added": ("追加", "added"), "changed": ("変更", "changed"), "closed": ("終了", "closed")}
FIELDS = {
    "title_ja": ("名前", "name"),
    "title_en": ("名前（英語）", "name in English"),
    "issuer": ("発行者", "issuer"),
    "legal": ("法律上の扱い", "legal class"),
    "expiry": ("期限", "expiry"),
    "starts": ("初日", "first day"),
    "ends": ("最終日", "last day"),
    "cap_per_person": ("一人の上限", "cap per person"),
    "cap_per_day": ("一人一日の上限", "cap per person and day"),
    "budget": ("予算の上限", "most of the budget"),
}
"""What may be changed, in the order in which it is shown."""
WHY = {
    Why.THERE_ALREADY: "その番号の制度はもうあります。別の番号にしてください。 / "
    "There is a programme of that id: choose another.",
    Why.UNKNOWN: "その制度はありません。 / There is no such programme.",
    Why.CLOSED: "この制度は終わっています。新しい制度を加えてください。 / This programme is closed: add a new one.",
    Why.OVER_BUDGET: "予算の上限を超えます。上限を改めるか、金額を減らしてください。 / "
    "More than the most of the budget: change that, or approve less.",
    Why.OTHER_APPROVAL: "その起案番号では別の承認が済んでいます。 / Something else was approved under that reference.",
}
NO_WHY = "理由を200字までで書いてください。 / Write why, in at most 200 characters."
NOT_SEEN = "下の違いを確かめて、印をつけてください。 / Look at the difference below and tick the box."
SAME = "変わるところがありません。 / Nothing would change."
NO_AMOUNT = (
    "金額は1以上の数字、起案番号は100字までで書いてください。 / "
    "An amount above zero, and a reference of at most 100 characters."
)
NOT_PROLONGED = (
    "6か月以内という理由で適用除外の制度は、期限を延ばせません。 / "
    "A programme that is exempt because it is good for six months at most cannot be prolonged."
)
WRONG = "このままでは決められません。直すところ: / It cannot be so. What to mend:"
CHANGED = (
    "ほかの画面で制度が変わりました。今の内容を確かめて、もう一度どうぞ。 / "
    "The programme was changed in another window: look at it as it is now, and try again."
)
