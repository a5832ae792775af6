"""A receipt as plain text for a receipt printer: 58 mm of paper, 32 columns, of which a Japanese letter takes two."""

from __future__ import annotations

from unicodedata import east_asian_width

from central.counter.rows import Receipt, ReceiptKind
from central.japan import stamp_text
from rules.ledger.counter import RefundReason

COLUMNS = 32

_TITLES = {
    ReceiptKind.CHARGE: "チャージ 領収書",
    ReceiptKind.VOID: "チャージ取消 控え",
    ReceiptKind.REFUND: "払戻し 控え",
}
_AMOUNTS = {
    ReceiptKind.CHARGE: "お預かり（現金）",
    ReceiptKind.VOID: "お返し（現金）",
    ReceiptKind.REFUND: "お支払い（現金）",
}
_REASONS = {
    RefundReason.ABOLITION: "制度の廃止",
    RefundReason.MOVED_AWAY: "転出",
    RefundReason.LEFT_JAPAN: "出国",
    RefundReason.DEATH: "死亡（相続）",
}
_RULE = "-" * COLUMNS


def receipt_text(receipt: Receipt, reprint: int = 0) -> str:
    """The receipt's lines, each of at most 32 columns. `reprint` counts how often it was printed again, and is said."""
    lines = [*(_centred("【再発行】"), _pair("再発行", f"{reprint}回目")) * bool(reprint)]
    lines += [_centred(_TITLES[receipt.kind]), _RULE]
    lines += [_pair("番号", f"{receipt.number:06}"), _pair("日時", stamp_text(receipt.at)[:16])]
    lines += _named("会員", receipt.member)
    if receipt.about is not None:
        lines.append(_pair("取り消した番号", f"{receipt.about:06}"))
    if receipt.reason:
        lines.append(_pair("理由", _REASONS[RefundReason(receipt.reason)]))
    lines += [_RULE, _yen(_AMOUNTS[receipt.kind], receipt.amount)]
    if receipt.set_off:
        lines.append(_yen("未払い分に充当", receipt.set_off))
    if receipt.forfeited:
        lines.append(_yen("失効（無償分）", receipt.forfeited))
    lines += [_yen("くらポ残高", receipt.balance), _RULE]
    lines += _named("担当", receipt.staff)
    lines += _named("承認", receipt.approved_by) if receipt.approved_by else []
    lines += _named("発行者", receipt.issuer)
    lines += _named("連絡先", receipt.contact)
    return "\n".join(lines) + "\n"


def width(text: str) -> int:
    """Columns that the text takes on paper; ambiguous letters are wide in Japanese printers."""
    return sum(2 if east_asian_width(letter) in "WFA" else 1 for letter in text)


def _centred(text: str) -> str:
    return " " * ((COLUMNS - width(text)) // 2) + text


def _pair(left: str, right: str) -> str:
    return left + " " * max(1, COLUMNS - width(left) - width(right)) + right


def _yen(name: str, amount: int) -> str:
    return _pair(name, f"{amount:,}円")


def _named(name: str, text: str) -> list[str]:
    """A name and what it names: on one line if there is room, else below it in as many as it takes."""
    shown = " ".join(text.split())
    if width(name) + 1 + width(shown) <= COLUMNS:
        return [_pair(name, shown)]
    lines = [""]
    for letter in shown:
        if width(lines[-1]) + width(letter) > COLUMNS - 2:
            lines.append("")
        lines[-1] += letter
    return [name, *(f"  {line}" for line in lines)]
