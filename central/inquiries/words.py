"""Inquiries in the office's words, Japanese first."""

from __future__ import annotations

from central.inquiries.inquiry import About, NotWritten, State, Way
from central.words.words import Words

WAYS: dict[Way, Words] = {
    Way.WINDOW: ("窓口", "window"),
    Way.PHONE: ("電話", "telephone"),
    Way.MAIL: ("メール・手紙", "mail"),
}
ABOUTS: dict[About, Words] = {
    About.RIDE: ("乗車", "ride"),
    About.CARD: ("カード", "card"),
    About.CHARGE: ("チャージ", "charge"),
    About.POINTS: ("ポイント", "points"),
    About.OTHER: ("その他", "other"),
}
STATES: dict[State, Words] = {
    State.OPEN: ("対応中", "open"),
    State.WAITING: ("返事待ち", "waiting"),
    State.DONE: ("済み", "done"),
}
TONES: dict[State, str] = {State.OPEN: "warn", State.WAITING: "", State.DONE: "good"}
TIES: dict[str, Words] = {
    "ride": ("乗車", "ride"),
    "phone-ride": ("携帯での乗車", "ride by phone"),
    "charge": ("カードチャージ", "card charge"),
    "claim": ("ポイントの申し出", "claim"),
}
NOT_WRITTEN: dict[NotWritten, Words] = {
    NotWritten.NO_WORDS: ("聞いたこと・したことを書いてください。", "Write what was said or done."),
    NotWritten.TOO_LONG: (
        "長すぎます。聞いたことは2000文字、次にすることは200文字、名前は100文字までです。",
        "Too long: 2000 characters for what was said, 200 for the next step, 100 for a name.",
    ),
    NotWritten.NO_CHOICE: (
        "方法・内容・状態を選んでください。",
        "Choose the way, the subject and the state.",
    ),
    NotWritten.WHO: (
        "会員番号か、名前・電話を入れてください。",
        "Give a member's number, or a name or telephone.",
    ),
    NotWritten.NO_MEMBER: (
        "その番号の会員はいません。番号を確かめるか、空にして名前を書いてください。",
        "There is no such member: look at the number again, or leave it empty and write a name.",
    ),
    NotWritten.NOT_THEIRS: (
        "その乗車・チャージ・申し出は、この会員のものではありません。選び直してください。",
        "That ride, charge or claim is not this member's: choose again.",
    ),
    NotWritten.NO_STAFF: (
        "次の担当者を職員から選んでください。",
        "Choose one of the staff for the next step.",
    ),
    NotWritten.NO_INQUIRY: (
        "その番号の問い合わせはありません。一覧から開いてください。",
        "There is no such inquiry: open it from the list.",
    ),
}
WRONG_FORM = "入力が読めません。画面を開き直してください。 / That form cannot be read: open the page again."
FORGOTTEN: Words = ("（保存期間が過ぎたので消しました）", "blanked after its time")
