"""What people at the office did, as the audit log keeps it, in words, Japanese first."""

from __future__ import annotations

from central.words.words import Words

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
    "cash-back": ("払いすぎた運賃を返した", "fare given back"),
    "claim-give": ("浴場のポイントをつけた", "a bath's points given"),
    "claim-refuse": ("浴場のポイントを断った", "a bath's points refused"),
    "receipt-reprinted": ("領収書の再発行", "receipt printed again"),
    "account-block": ("店での支払いを止めた", "payments in shops blocked"),
    "account-reopen": ("店での支払いを再開", "payments in shops let in again"),
    "passkey-added": ("パスキーの登録（本人）", "passkey added by the member"),
    "signed-in": ("サインイン（本人）", "signed in"),
}
"""By the name of the act in the audit log."""
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
    "how": "返し方",
}
"""Names of facts in the audit log."""
