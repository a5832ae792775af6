"""The office's words for what the ledger holds, Japanese first."""

from __future__ import annotations

from central.words.words import Words
from rules.ledger.accounts import KURAPO, RIDE_VALUE, AccountKind

ACCOUNT_KINDS: dict[str, Words] = {
    AccountKind.MEMBER: ("会員の残高", "members' balances"),
    AccountKind.SHOP: ("店舗への未払い", "owed to shops"),
    AccountKind.BUDGET: ("事業の予算残", "left of budgets"),
    AccountKind.ISSUER: ("発行", "issued"),
    AccountKind.CASH_DESK: ("窓口の現金", "cash desk"),
    AccountKind.CARD_GATEWAY: ("カード会社への売掛", "card receivable"),
    AccountKind.DRIVER_CASH: ("車内の現金", "drivers' cash"),
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
    "pass hold": ("パスの仮押さえ", "pass hold"),
    "ride": ("乗車", "ride"),
    "forgotten ride": ("降車の記録がない乗車", "forgotten ride"),
    "ride by hand": ("手扱いの乗車", "ride by hand"),
    "ride by hand undone": ("手扱いの取消", "ride by hand undone"),
    "ride taken back": ("乗車の取消", "ride taken back"),
    "ride corrected": ("乗車の訂正", "ride corrected"),
    "refund": ("払い戻し", "refund"),
}
"""By what the order says; one that is not here goes by its own name."""
