"""The office's words for what machines record, Japanese first. A value without words is shown as it is."""

from __future__ import annotations

from typing import TypeVar

from rules.instant import ClockQuality
from rules.passes.rider_pass import PassKind, RiderClass
from rules.ride.outcomes import Movement, Outcome

K = TypeVar("K", str, int)
Words = tuple[str, str]
"""(Japanese, English)."""

OUTCOMES: dict[str, Words] = {
    Outcome.OK: ("承認", "OK"),
    Outcome.OK_OTHER: ("承認・要確認", "OK, driver looks"),
    Outcome.GRACED: ("承認・猶予", "OK by grace"),
    Outcome.SHORT: ("承認・残りは現金", "OK, rest in cash"),
    Outcome.ALREADY_BOARDED: ("乗車ずみ", "already boarded"),
    Outcome.ALREADY_ALIGHTED: ("降車ずみ", "already alighted"),
    Outcome.DENIED: ("利用停止のパス", "blocked pass"),
    Outcome.EXPIRED: ("期限切れ", "expired"),
    Outcome.NOT_YET_VALID: ("有効期間の前", "not yet valid"),
    Outcome.STALE_CODE: ("古いコード", "old code"),
    Outcome.REPLAYED: ("使用ずみのコード", "code used before"),
    Outcome.LONG_CODE_WANTED: ("長いコードが必要", "long code wanted"),
    Outcome.CARD_NOT_LISTED: ("登録のないカード", "card not listed"),
    Outcome.CARD_LIMIT: ("カードの回数上限", "card's daily limit"),
    Outcome.FARE_UNKNOWN: ("運賃が不明", "fare unknown"),
    Outcome.JOURNAL_FULL: ("車載の記録が満杯", "journal full"),
    Outcome.UNKNOWN_KEY: ("未知の発行鍵", "unknown key"),
    Outcome.BAD_SIGNATURE: ("署名が不正", "bad signature"),
    Outcome.UNREADABLE: ("読めないコード", "unreadable"),
    Outcome.NOT_A_PASS: ("パスではない", "not a pass"),
    Outcome.POSITION_UNKNOWN: ("位置が不明", "position unknown"),
    Outcome.OTHER_NETWORK: ("他地域のパス", "another network"),
    Outcome.NO_TRIP: ("便が未開始", "no trip started"),
}

MOVEMENTS: dict[str, Words] = {
    Movement.BOARD: ("乗車", "board"),
    Movement.ALIGHT: ("降車", "alight"),
    Movement.REFUSED: ("お断り", "refused"),
}

EVENTS: dict[str, Words] = {
    "started": ("起動", "started"),
    "clock-set": ("時計あわせ", "clock set"),
    "trip-started": ("便の開始", "trip started"),
    "trip-ended": ("便の終了", "trip ended"),
    "door-moved": ("扉", "door"),
    "tapped": ("読み取り", "tap"),
    "hand-boarded": ("手扱い乗車", "boarded by hand"),
    "hand-alighted": ("手扱い降車", "alighted by hand"),
    "hand-undone": ("手扱い取消", "taken back by hand"),
    "stop-settled": ("停留所の確定", "stop settled"),
    "ride-left-open": ("降車忘れ", "left open"),
    "points-offered": ("ポイントコード", "point code"),
    "points-undone": ("ポイント取消", "points taken back"),
    "card-points": ("カードのポイント", "points by card"),
    "journal-replaced": ("記録簿の引き継ぎ", "journal replaced"),
    "salvaged": ("引き継いだ記録", "handed on"),
    "unread": ("読めない記録", "unreadable record"),
}

MEANS: dict[str, Words] = {
    "cash": ("現金", "cash"),
    "coupon": ("回数券", "coupon"),
    "commuter": ("紙の定期券", "paper commuter pass"),
    "pass": ("使えなかったパス", "pass not taken"),
}

BY_PHONE: Words = ("携帯でバスを読む", "the phone read the bus")

STATES: dict[str, Words] = {
    "complete": ("完了", "complete"),
    "open": ("乗車中", "on board"),
    "provisional": ("仮・降車忘れ", "provisional"),
}

CORRECTED: Words = ("訂正ずみ", "corrected")
BY_DRIVER: Words = ("運転士の判断", "the driver's word")
NOT_CHARGED: Words = ("未確定・請求前", "not charged yet")
NO_FARE: Words = ("運賃不明", "no fare known")
NO_CAMERA: Words = ("カメラなし", "no code could be read")
UNSURE: Words = ("停留所は推定", "stop is a guess")

CLASSES: dict[int, Words] = {
    RiderClass.ADULT: ("おとな", "adult"),
    RiderClass.CHILD: ("こども", "child"),
    RiderClass.SENIOR: ("高齢者", "senior"),
    RiderClass.STUDENT: ("学生", "student"),
    RiderClass.HANDBOOK: ("手帳", "handbook"),
    RiderClass.HANDBOOK_ATTENDED: ("手帳・介助つき", "handbook, attended"),
}

PASS_KINDS: dict[int, Words] = {
    PassKind.PHONE: ("スマートフォン", "phone"),
    PassKind.CARD: ("カード", "card"),
}

CLOCKS: dict[int, Words] = {
    ClockQuality.FLOOR: ("未確認", "unknown"),
    ClockQuality.SAVED: ("保存値", "saved"),
    ClockQuality.NETWORK: ("通信", "network"),
    ClockQuality.GPS: ("GPS", "GPS"),
    ClockQuality.AGREED: ("GPS・通信一致", "agreed"),
}

SOURCES: dict[str, Words] = {
    "gps": ("GPS", "GPS"),
    "gps-rolled": ("GPS（日付を1,024週直して）", "GPS, its date set right by 1,024 weeks"),
    "network": ("通信", "network"),
}

INCIDENTS: dict[str, Words] = {
    "unknown-device": ("登録のない機器から連絡がありました", "an unknown machine spoke"),
    "revoked-device": ("失効した機器から連絡がありました", "a revoked machine spoke"),
    "malformed": ("形の合わない通信がありました", "a message that is none of ours"),
    "bad-signature": ("署名の合わない記録が届きました", "a batch with a wrong signature"),
    "damaged-batch": ("途中で変わった記録が届きました", "a batch damaged on its way"),
    "conflict": ("同じ番号で別の記録が届きました", "another record under a number we hold"),
    "journal-behind": ("機器の記録が役場より古くなっています", "the machine's journal is behind ours"),
    "new-journal": ("機器が新しい記録簿を始めました", "the machine began a new journal"),
    "journal-replaced": ("記録簿を引き継ぎました", "a journal was replaced by another"),
    "records-lost": ("読み出せなかった記録があります", "records that could not be read any more"),
    "office-behind": (
        "役場の記録が戻っています。機器から送りなおします",
        "the office fell back; it is sent again",
    ),
    "list-set-back": (
        "役場の一覧が古い控えに戻っています。その後の登録をやり直してください",
        "the office's list was set back: enter again what came later",
    ),
    "boarding-lost": ("乗車の記録がない降車がありました", "an alighting without its boarding"),
    "double-use": ("同じ表示が二台のバスで使われました", "one code was used on two buses"),
    "record-refused": ("帳簿に入らなかった記録があります", "a record could not be entered in the books"),
    "unknown-pass": ("発行していないパスで乗車がありました", "a ride on a pass we did not issue"),
    "phone-ride": (
        "携帯で読んだ乗車がバスの記録と食い違っています",
        "a phone's ride does not agree with the bus",
    ),
    "code-gap": ("キオスクの通し番号が続いていません", "a kiosk's numbers do not follow on one another"),
    "code-odd": ("キオスクのコードの時刻か区分が合いません", "a kiosk's code with an odd time or visit"),
    "code-again": ("人数より多く開かれたコードがあります", "a code was opened by more than it was for"),
    "code-undone": ("受け取りのあとでコードが取り消されました", "a code was taken back after a claim"),
    "card-strange": ("発行していないカードをキオスクが読みました", "a kiosk read a card we did not issue"),
    "failed": ("役場のプログラムが処理に失敗しました", "the office's program failed at a message"),
}


def words_for(table: dict[K, Words], value: K) -> Words:
    """The words for `value`, or itself twice."""
    return table.get(value, (str(value), str(value)))
