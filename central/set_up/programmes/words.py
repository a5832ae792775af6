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
NO_WHY = "理由を200字までで書いてください。 / Write why, in at most 200 characters."
WHY = {
    Why.THERE_ALREADY: "その番号の制度はもうあります。別の番号にしてください。 / "
    "There is a programme of that id: choose another.",
    Why.UNKNOWN: "その制度はありません。 / There is no such programme.",
    Why.CLOSED: "この制度は終わっています。新しい制度を加えてください。 / This programme is closed: add a new one.",
    Why.OVER_BUDGET: "予算の上限を超えます。上限を改めるか、金額を減らしてください。 / "
    "More than the most of the budget: change that, or approve less.",
    Why.OTHER_APPROVAL: "その起案番号では別の承認が済んでいます。 / Something else was approved under that reference.",
    Why.GIVEN_ALREADY: "残っている予算より多くは減らせません。もうつけた分は残ります。 / "
    "Less is left in the budget than that: what is given stays given.",
    Why.NOT_AHEAD: "今日とその前は変えられません。あした以降の日にしてください。 / "
    "Today and before stay as they were: choose tomorrow or later.",
    Why.TOO_FAR: "2年より先の日です。年を確かめてください。 / More than two years ahead: check the year.",
    Why.NO_WHY: NO_WHY,
    Why.SAME: "変わるところがありません。入力欄は、予定の変更まで済んだあとの内容です。 / "
    "Nothing would change: the fields show the programme after all that is planned.",
    Why.CONTRADICTS: "予定の変更と食い違う日があります（初日が最終日よりあとなど）。"
    "先にその予定を取り消してください。 / "
    "On some day it contradicts what is planned, as a first day after the last: withdraw that first.",
    Why.PROLONGED: "6か月以内という理由で適用除外の制度は、期限を延ばせません。 / "
    "A programme that is exempt because it is good for six months at most cannot be prolonged.",
    Why.BEGUN: "もう始まっています。取り消すかわりに、あした以降の変更を決めてください。 / "
    "It holds already: make another change from tomorrow on instead.",
    Why.WITHDRAWN: "もう取り消されています。 / It is withdrawn already.",
}
NOT_SEEN = "下の違いを確かめて、印をつけてください。 / Look at the difference below and tick the box."
NO_DAY = "いつから変わるか、日を選んでください。 / Choose the day from which it changes."
NO_AMOUNT = (
    "金額は1以上の数字、起案番号は100字までで書いてください。 / "
    "An amount above zero, and a reference of at most 100 characters."
)
WRONG = "このままでは決められません。直すところ: / It cannot be so. What to mend:"
CHANGED = (
    "ほかの画面で制度が変わりました。今の内容を確かめて、もう一度どうぞ。 / "
    "The programme was changed in another window: look at it as it is now, and try again."
)
