"""Every phrase the bus can say, as it was spoken into `sounds/` by `make_sounds`, and how fares are put together."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Phrase:
    """`text` is what the voice was given, `reading` what it has to make of it, in katakana as it is pronounced."""

    text: str
    reading: str


SENTENCES: dict[str, Phrase] = {
    "aboard": Phrase("ご乗車です", "ゴジョーシャデス"),
    "thanks": Phrase("ありがとうございました", "アリガトーゴザイマシタ"),
    "commuter": Phrase("定期券、ご利用です", "テーキケンゴリヨーデス"),
    "in-cash": Phrase("残りは現金で、", "ノコリワゲンキンデ"),
    "please": Phrase("お願いいたします", "オネガイイタシマス"),
    "cash-please": Phrase("現金でお願いします", "ゲンキンデオネガイシマス"),
    "once-more": Phrase("もう一度かざしてください", "モーイチドカザシテクダサイ"),
    "reopen": Phrase("画面を開き直してください", "ガメンヲヒラキナオシテクダサイ"),
    "next-code": Phrase("コードが変わるまで、お待ちください", "コードガカワルマデオマチクダサイ"),
    "keep-there": Phrase("そのままかざしてください", "ソノママカザシテクダサイ"),
    "pass-page": Phrase("パスの画面をお見せください", "パスノガメンヲオミセクダサイ"),
    "see-driver": Phrase("運転士にお声がけください", "ウンテンシニオコエガケクダサイ"),
    "driver-guides": Phrase("運転士がご案内します", "ウンテンシガゴアンナイシマス"),
    "has-boarded": Phrase("乗車の記録があります", "ジョーシャノキロクガアリマス"),
    "has-alighted": Phrase("降車の記録があります", "コーシャノキロクガアリマス"),
    "go-ahead": Phrase("そのままどうぞ", "ソノママドーゾ"),
    "nearer": Phrase("もう少し近づけてください", "モースコシチカズケテクダサイ"),
    "farther": Phrase("もう少し離してください", "モースコシハナシテクダサイ"),
    "brighter": Phrase("画面を、明るくしてください", "ガメンヲアカルクシテクダサイ"),
    "tilt": Phrase("少し斜めにしてください", "スコシナナメニシテクダサイ"),
    "straighter": Phrase("まっすぐ向けてください", "マッスグムケテクダサイ"),
    "still": Phrase("動かさないでください", "ウゴカサナイデクダサイ"),
    "driver-check": Phrase("人数と、区分の確認です", "ニンズートクブンノカクニンデス"),
    "driver-cash": Phrase("現金です", "ゲンキンデス"),
    "driver-page": Phrase("画面をご覧ください", "ガメンヲゴランクダサイ"),
    "driver-fare": Phrase("運賃がわかりません", "ウンチンガワカリマセン"),
    "driver-stop": Phrase("停留所がわかりません", "テーリュージョガワカリマセン"),
    "driver-trip": Phrase("便を選んでください", "ビンヲエランデクダサイ"),
    "driver-record": Phrase("記録できません", "キロクデキマセン"),
    "driver-camera": Phrase("カメラが止まりました", "カメラガトマリマシタ"),
}
"""By the name of their file. What only the driver hears begins with `driver-`."""

THOUSANDS = (
    "セン",
    "ニセン",
    "サンゼン",
    "ヨンセン",
    "ゴセン",
    "ロクセン",
    "ナナセン",
    "ハッセン",
    "キューセン",
)
HUNDREDS = (
    "ヒャク",
    "ニヒャク",
    "サンビャク",
    "ヨンヒャク",
    "ゴヒャク",
    "ロッピャク",
    "ナナヒャク",
    "ハッピャク",
    "キューヒャク",
)
TENS = (
    "ジュー",
    "ニジュー",
    "サンジュー",
    "ヨンジュー",
    "ゴジュー",
    "ロクジュー",
    "ナナジュー",
    "ハチジュー",
    "キュージュー",
)
"""How 1 to 9 of each are pronounced."""

LARGEST_SPOKEN = 9_990
"""Yen. Above it, and between the tens, an amount has no words: a screen says it, or the driver."""
JOINED_FROM = 2_000
"""Yen. Below it every amount is spoken whole: joined from parts it is heard wrongly too often. From here on the
thousands and the rest are a phrase each, or the files would be many times as large; few fares are so high."""


def _reading(yen: int) -> str:
    """As it is pronounced, without the 円."""
    units = ((1_000, THOUSANDS), (100, HUNDREDS), (10, TENS))
    return "".join(words[digit - 1] for unit, words in units if (digit := yen // unit % 10))


_THOUSANDS = range(JOINED_FROM, LARGEST_SPOKEN, 1_000)
_WHOLE = (*range(10, JOINED_FROM, 10), *_THOUSANDS)

AMOUNTS = {f"{yen}-yen": Phrase(f"{yen}円です", f"{_reading(yen)}エンデス") for yen in _WHOLE}
# The comma keeps the voice from ending a sentence with what others follow.
BEGUN_AMOUNTS = {f"{yen}": Phrase(f"{yen}、", _reading(yen)) for yen in _THOUSANDS}

PHRASES = SENTENCES | AMOUNTS | BEGUN_AMOUNTS
"""All of them, by the name of their file."""


def amount(yen: int) -> tuple[str, ...]:
    """The phrases that say an amount, as in 650-yen or 3000, 850-yen; none at all for one that has no words."""
    if not 0 < yen <= LARGEST_SPOKEN or yen % 10:
        return ()
    rest = yen % 1_000
    if yen < JOINED_FROM or not rest:
        return (f"{yen}-yen",)
    return (f"{yen - rest}", f"{rest}-yen")
