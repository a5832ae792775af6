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
ACTS: dict[str, Words] = {
    "member-registered": ("登録", "registered"),
    "profile-changed": ("名前などの訂正", "profile set right"),
    "cash-charged": ("現金チャージ", "charged in cash"),
    "charge-voided": ("チャージの取り消し", "charge voided"),
    "card-given": ("カードを渡した", "card handed out"),
    "card-blocked": ("カードを止めた", "card blocked"),
    "card-reissued": ("カードの再発行", "card re-issued"),
    "card-printed": ("カードの印刷", "card printed"),
    "pin-given": ("PINを渡した", "PIN handed out"),
    "pin-set": ("PINの変更（本人）", "PIN set by the member"),
    "statement-printed": ("残高のお知らせの印刷", "statement printed"),
    "ticket-sold": ("券の販売", "ticket sold"),
    "phone-ride-ended": ("降りた所の記録", "where a ride ended"),
    "ride-corrected": ("乗車の訂正", "ride corrected"),
    "ride-asked": ("乗車の訂正を頼んだ", "correction of a ride asked for"),
    "ride-approved": ("乗車の訂正を承認", "correction of a ride approved"),
    "ride-refused": ("乗車の訂正を断った", "correction of a ride refused"),
    "ride-withdrawn": ("乗車の訂正を取り下げ", "correction of a ride withdrawn"),
    "claim-give": ("浴場のポイントをつけた", "a bath's points given"),
    "claim-refuse": ("浴場のポイントを断った", "a bath's points refused"),
    "receipt-reprinted": ("領収書の再発行", "receipt printed again"),
    "account-block": ("店での支払いを止めた", "payments in shops blocked"),
    "account-reopen": ("店での支払いを再開", "payments in shops let in again"),
    "passkey-added": ("パスキーの登録（本人）", "passkey added by the member"),
    "signed-in": ("サインイン（本人）", "signed in"),
}
DETAILS: dict[str, str] = {
    "class": "区分",
    "changed": "変えたもの",
    "receipt": "領収書",
    "of": "取り消した領収書",
    "yen": "金額",
    "pass": "番号",
    "for": "前の番号",
    "why": "理由",
    "note": "メモ",
    "kind": "内容",
    "word": "ひとこと",
    "kiosk": "キオスク",
    "code": "コード",
    "points": "ポイント",
    "from-yen": "前の運賃",
    "to-yen": "後の運賃",
    "product": "商品",
    "count": "数",
    "by": "方法",
    "ride": "乗車",
    "stop": "停留所",
    "times": "回数",
}
"""Names of facts in the audit log."""

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
