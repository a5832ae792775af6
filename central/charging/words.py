"""Charging by card in the office's and the member's words, Japanese first."""

from __future__ import annotations

from central.charging.begin_charge import NotBegun
from central.charging.gateway import Mode, Unread
from central.charging.list_incident import Unmatched
from central.charging.refund_charge import NotRefunded
from central.charging.settle_charge import CAME_BACK
from central.words.words import Words
from rules.charging.limits import OverLimit
from rules.charging.refund import NotRefundable, RefundReason
from rules.charging.standing import Kind, State, Wrong

MODES: dict[Mode, Words] = {
    Mode.PRACTICE: ("練習用の決済", "practice payments"),
    Mode.STRIPE_TEST: ("Stripe（練習用の鍵）", "Stripe with a test key"),
    Mode.STRIPE: ("Stripe", "Stripe"),
}
PRACTICE: Words = (
    "練習用です。本物のカードは使われず、お金は動きません。",
    "This is practice: no real card is used and no money moves.",
)
"""To be shown wherever a charge of practice shows."""

STATES: dict[State, Words] = {
    State.ASKED: ("支払い待ち", "to be paid"),
    State.AWAITING: ("入金待ち", "money on its way"),
    State.UNPAID: ("支払いなし", "not paid"),
    State.PAID: ("支払いずみ", "paid"),
    State.DISPUTED: ("異議あり・凍結", "disputed, frozen"),
    State.LOST: ("異議で取り消し", "dispute lost"),
    State.REFUNDED: ("払い戻し", "refunded"),
}

KINDS: dict[Kind, Words] = {
    Kind.PAID: ("支払い完了", "paid"),
    Kind.AWAITING: ("入金待ち", "awaiting the money"),
    Kind.FAILED: ("支払い失敗", "payment failed"),
    Kind.EXPIRED: ("期限切れ", "expired"),
    Kind.REFUNDED: ("カードへの返金", "refunded to the card"),
    Kind.DISPUTED: ("カードの持ち主の異議", "disputed"),
    Kind.DISPUTE_WON: ("異議は認められず", "dispute won"),
    Kind.DISPUTE_LOST: ("異議が認められた", "dispute lost"),
}

INCIDENTS: dict[str, tuple[Words, Words]] = {
    Unread.BAD_SIGNATURE: (
        ("署名の誤り", "bad signature"),
        (
            "決済会社からではない知らせです。続くなら、設定の charging.webhook_secret が正しいか確かめてください。",
            "It is not from the gateway. If it goes on, check charging.webhook_secret in the settings.",
        ),
    ),
    Unread.OLD: (
        ("古い署名", "old signature"),
        (
            "署名の時刻が今と5分より離れています。サーバーの時計を確かめてください。正しければ、誰かが古い知らせを送り直しています。",
            "Signed more than five minutes from now: check the server's clock; if it is right, somebody replays.",
        ),
    ),
    Unread.MALFORMED: (
        ("読めない知らせ", "unreadable"),
        (
            "何も記帳していません。決済会社の管理画面でこの知らせを見て、保守担当へ連絡してください。",
            "Nothing was posted: look at this event on the gateway's own pages and tell whoever maintains the server.",
        ),
    ),
    Unread.OTHER_MODE: (
        ("練習と本番の取り違え", "practice and real mixed up"),
        (
            "何も記帳していません。決済会社の鍵と知らせの宛先が、練習用か本番用かそろっているか確かめてください。",
            "Nothing was posted: check that key and webhook are both for practice or both real.",
        ),
    ),
    Unmatched.UNKNOWN_CHARGE: (
        ("知らないチャージ", "unknown charge"),
        (
            "ここで申し込まれていないチャージです。決済会社の管理画面で支払いを見て、必要なら返金してください。",
            "Nobody asked for it here: look at the payment on the gateway's own pages and refund it if need be.",
        ),
    ),
    Unmatched.UNKNOWN_PAYMENT: (
        ("支払いの知らせを待っています", "waits for its payment"),
        (
            "支払い完了の知らせが来ると自動で進みます。三日たっても残っていれば、決済会社の管理画面で確かめてください。",
            "It goes on by itself once the payment is known. After three days, look at the gateway's own pages.",
        ),
    ),
    Wrong.AMOUNT: (
        ("金額の違い", "wrong amount"),
        (
            "チャージの金額と合わないので記帳していません。決済会社の管理画面で金額を確かめ、返金するか相談してください。",
            "Not posted, the amount is not the charge's: check it on the gateway's own pages.",
        ),
    ),
    Wrong.CURRENCY: (
        ("円ではない支払い", "wrong currency"),
        (
            "円ではないので記帳していません。決済会社の管理画面で確かめ、返金してください。",
            "Not posted, it is not in yen: check it on the gateway's own pages and refund it.",
        ),
    ),
    Wrong.PAID_TWICE: (
        ("二重の支払い", "paid twice"),
        (
            "同じチャージが二度支払われました。くらポは一度分だけです。決済会社の管理画面で一方を返金してください。",
            "Paid twice, credited once: refund one of the two on the gateway's own pages.",
        ),
    ),
    Wrong.CONTRADICTION: (
        ("食い違う異議の結果", "dispute both won and lost"),
        (
            "取り消しとして扱っています。決済会社の管理画面で結果を確かめてください。",
            "It is treated as lost: check on the gateway's own pages how it ended.",
        ),
    ),
}
"""By what stands in the list: its name, and what is to be done."""

NOT_BEGUN: dict[NotBegun | OverLimit, Words] = {
    NotBegun.SWITCHED_OFF: (
        "カードでのチャージは今お休みしています。窓口ではチャージできます。",
        "Charging by card is off now; the office's desk takes cash.",
    ),
    NotBegun.UNKNOWN_MEMBER: ("会員が見つかりません。", "There is no such member."),
    NotBegun.MEMBER_BLOCKED: (
        "この会員証は停止中です。役場の窓口へお問い合わせください。",
        "This account is blocked: ask at the office's desk.",
    ),
    NotBegun.MEMBER_CLOSED: ("解約された会員です。", "This membership has ended."),
    NotBegun.BAD_ID: (
        "申し込みが読めません。もう一度開いてください。",
        "That cannot be read: open the page again.",
    ),
    NotBegun.OTHER_BODY: (
        "この申し込みは別の内容で受け付けています。もう一度はじめから開いてください。",
        "That was asked for otherwise before: begin again.",
    ),
    NotBegun.ENDED: ("このチャージは終わっています。", "This charge has ended; begin another one."),
    NotBegun.GATEWAY_FAILED: (
        "決済会社につながりません。少し待って、もう一度押してください。",
        "The gateway does not answer: wait a little and press again.",
    ),
    OverLimit.TOO_SMALL: ("一回の最低額より少ない金額です。", "Less than the least amount of one charge."),
    OverLimit.TOO_LARGE: ("一回の上限を超えています。", "More than the greatest amount of one charge."),
    OverLimit.NEW_DAY: (
        "はじめのうちは、一日にチャージできる額が決まっています。明日もう一度どうぞ。",
        "At first there is a limit for each day: please come again tomorrow.",
    ),
    OverLimit.NEW_TOTAL: (
        "はじめのうちにカードでチャージできる額に達しました。窓口ではチャージできます。",
        "The limit for the first days is reached; the office's desk takes cash.",
    ),
    OverLimit.DAY: ("一日の上限を超えます。明日もう一度どうぞ。", "More than the limit of a day."),
    OverLimit.MONTH: ("一か月の上限を超えます。", "More than the limit of a month."),
}

REASONS: dict[RefundReason, Words] = {
    RefundReason.ABOLITION: ("制度の廃止", "abolition"),
    RefundReason.MOVING_AWAY: ("転出", "moving away"),
    RefundReason.LEAVING_JAPAN: ("出国", "leaving Japan"),
    RefundReason.DEATH: ("死亡", "death"),
    RefundReason.SAME_DAY: ("当日の取り消し", "voided on the same day"),
}

NOT_REFUNDED: dict[NotRefunded | NotRefundable, Words] = {
    NotRefunded.UNKNOWN: ("その番号のチャージはありません。", "There is no charge of that id."),
    NotRefunded.OTHER_MODE: (
        "設定とは別の決済で支払われたチャージです。設定ファイルを確かめてください。",
        "It was paid through another gateway than the one in the settings.",
    ),
    NotRefunded.GATEWAY_FAILED: (
        "くらポは取り戻しましたが、決済会社につながりません。同じ操作をもう一度してください。",
        "The くらポ were taken back, but the gateway does not answer: do the same again.",
    ),
    NotRefundable.NOT_PAID: ("支払われていません。", "It has not been paid."),
    NotRefundable.DISPUTED: (
        "カードの持ち主が異議を申し立てています。結果を待ってください。",
        "It is disputed: wait for the outcome.",
    ),
    NotRefundable.TAKEN_BACK: ("すでに返したか、取り消されています。", "It was given or taken back already."),
    NotRefundable.ANOTHER_DAY: (
        "当日の取り消しは、支払った日にだけできます。",
        "It can be voided only on the day on which it was paid.",
    ),
    NotRefundable.USED: (
        "一部が使われたか、バスのパスに入っています。全額が残っているチャージだけ返せます。",
        "Something of it was used, or a pass may still take it: only whole charges are given back.",
    ),
}


def cause_words(cause: str) -> str:
    """What a charge's state followed from: words of ours, or the gateway's id of the event."""
    if cause == CAME_BACK:
        return "あとから戻った分の処理"
    kind, _, reason = cause.partition("/")
    if kind == "refund":
        return f"職員による払い戻し（{REASONS[RefundReason(reason)][0]}）"
    return cause or "申し込み"
