"""The office's words for what the ledger holds, Japanese first."""

from __future__ import annotations

from central.words.words import Words
from rules.ledger.accounts import KURAPO, RIDE_VALUE, AccountKind

ACCOUNT_KINDS: dict[str, Words] = {
    AccountKind.MEMBER: ("会員の残高", "members' balances"),
    AccountKind.SHOP: ("店舗への未払い", "owed to shops"),
    AccountKind.SHOP_OWES: ("店舗からの未収", "owed by shops"),
    AccountKind.BUDGET: ("事業の予算残", "left of budgets"),
    AccountKind.ISSUER: ("発行", "issued"),
    AccountKind.CASH_DESK: ("窓口の現金", "cash desk"),
    AccountKind.CARD_GATEWAY: ("カード会社への売掛", "card receivable"),
    AccountKind.DRIVER_CASH: ("車内の現金", "drivers' cash"),
    AccountKind.CASH_DIFFERENCE: ("現金過不足", "cash over and short"),
    AccountKind.FARES_EARNED: ("運賃収入", "fares earned"),
    AccountKind.SOLD: ("券の売上", "tickets sold"),
    AccountKind.EXPIRED: ("失効", "expired"),
    AccountKind.OWED: ("会員の未収", "owed by members"),
    AccountKind.SUSPENSE: ("仮勘定", "suspense"),
}

UNITS: dict[str, Words] = {
    KURAPO: ("くらポ", "KuraPo"),
    RIDE_VALUE: ("乗車券残高", "ride value"),
}
"""All other units go by their own names."""

EVENTS: dict[str, Words] = {
    "charge": ("チャージ", "charge"),
    "charge void": ("チャージの取消", "charge void"),
    "card charge": ("カードでのチャージ", "card charge"),
    "refund to holder": ("会員への払い戻し", "refund to holder"),
    "cash count": ("レジの締め", "cash count"),
    "driver's bag": ("現金袋の引き渡し", "driver's bag"),
    "payment": ("店での支払い", "payment"),
    "payment given back": ("店での支払いの返金", "payment given back"),
    "sale": ("券の販売", "sale"),
    "ticket back": ("券の払い戻し", "ticket back"),
    "budget": ("予算の承認", "budget"),
    "budget lowered": ("予算の減額", "budget lowered"),
    "grant": ("ポイントの付与", "grant"),
    "expiry": ("失効", "expiry"),
    "renewal": ("期限の更新", "renewal"),
    "hold expired": ("仮押さえの期限切れ", "hold expired"),
    "pass hold": ("パスの仮押さえ", "pass hold"),
    "pass hold moved": ("パスの仮押さえの引き継ぎ", "pass hold moved"),
    "pass hold released": ("パスの仮押さえの解除", "pass hold released"),
    "ride by ticket": ("往復券での乗車", "ride by ticket"),
    "ride without ticket": ("往復券の使用取消", "ride without ticket"),
    "ride": ("乗車", "ride"),
    "forgotten ride": ("降車の記録がない乗車", "forgotten ride"),
    "ride by hand": ("手扱いの乗車", "ride by hand"),
    "ride by hand undone": ("手扱いの取消", "ride by hand undone"),
    "ride charged anew": ("乗車の請求のやり直し", "ride charged anew"),
    "ride taken back": ("乗車の取消", "ride taken back"),
    "ride corrected": ("乗車の訂正", "ride corrected"),
    "refund": ("払い戻し", "refund"),
}
"""By what the order says; one that is not here goes by its own name."""
