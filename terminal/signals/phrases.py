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
    "commuter": Phrase("定期券です", "テーキケンデス"),
    "in-cash": Phrase("現金で", "ゲンキンデ"),
    "please": Phrase("お願いいたします", "オネガイイタシマス"),
    "cash-please": Phrase("現金でお願いします", "ゲンキンデオネガイシマス"),
    "once-more": Phrase("もう一度かざしてください", "モーイチドカザシテクダサイ"),
    "reopen": Phrase("画面を開き直してください", "ガメンヲヒラキナオシテクダサイ"),
    "next-code": Phrase("次のコードをお待ちください", "ツギノコードヲオマチクダサイ"),
    "keep-there": Phrase("そのままかざしてください", "ソノママカザシテクダサイ"),
    "pass-page": Phrase("パスの画面をお見せください", "パスノガメンヲオミセクダサイ"),
    "see-driver": Phrase("運転士にお声がけください", "ウンテンシニオコエガケクダサイ"),
    "driver-guides": Phrase("運転士がご案内します", "ウンテンシガゴアンナイシマス"),
    "has-boarded": Phrase("乗車の記録があります", "ジョーシャノキロクガアリマス"),
    "has-alighted": Phrase("降車の記録があります", "コーシャノキロクガアリマス"),
    "go-ahead": Phrase("そのままどうぞ", "ソノママドーゾ"),
    "nearer": Phrase("もう少し近づけてください", "モースコシチカズケテクダサイ"),
    "farther": Phrase("もう少し離してください", "モースコシハナシテクダサイ"),
    "brighter": Phrase("画面を明るくしてください", "ガメンヲアカルクシテクダサイ"),
    "tilt": Phrase("少し傾けてください", "スコシカタムケテクダサイ"),
    "straighter": Phrase("まっすぐ向けてください", "マッスグムケテクダサイ"),
    "still": Phrase("動かさないでください", "ウゴカサナイデクダサイ"),
    "driver-check": Phrase("人数と区分の確認です", "ニンズートクブンノカクニンデス"),
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


def _numbers() -> dict[str, Phrase]:
    """One phrase for a part that others follow ("3000", "800"), one for each last part ("800-yen")."""
    made = {}
    for unit, readings, is_only_last in ((1000, THOUSANDS, False), (100, HUNDREDS, False), (10, TENS, True)):
        for digit, reading in enumerate(readings, start=1):
            number = digit * unit
            if not is_only_last:
                # In digits: alone, 八百 is read as a name.
                made[f"{number}"] = Phrase(f"{number}", reading)
            made[f"{number}-yen"] = Phrase(f"{number}円です", f"{reading}エンデス")
    return made


PHRASES = SENTENCES | _numbers()
"""All of them, by the name of their file."""


def amount(yen: int) -> tuple[str, ...]:
    """The phrases that say an amount, as in 3000, 800, 50-yen; none at all for one that has no words."""
    if not 0 < yen <= LARGEST_SPOKEN or yen % 10:
        return ()
    parts = [part for unit in (1000, 100, 10) if (part := yen // unit % 10 * unit)]
    return (*(str(part) for part in parts[:-1]), f"{parts[-1]}-yen")
