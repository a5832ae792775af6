"""The word of an opening of the door, the same for all who know its code: driver and rider see that they agree.

A word is no proof, one guess in 64 is right; the signature is the proof.
"""

from __future__ import annotations

import hashlib

_ALL = (
    "さくら もみじ ひまわり すみれ あさがお たんぽぽ すすき なのはな "
    "りんご みかん ぶどう いちご すいか くるみ どんぐり かぼちゃ "
    "だいこん にんじん きゅうり たけのこ きのこ とうふ うどん ごはん "
    "おにぎり みそしる たまご さかな くじら めだか かえる かたつむり "
    "すずめ つばめ かもめ ふくろう にわとり ひよこ うさぎ ひつじ "
    "きつね たぬき とんぼ ほたる いずみ みずうみ こかげ やまびこ "
    "あさひ ゆうひ はなび おまつり たいこ ふうせん ゆきだるま ろうそく "
    "ぼうし てぶくろ めがね かばん かがみ とけい えんぴつ ちゃわん"
)
WORDS = tuple(_ALL.split())
"""64, in kana, any two of them two kana or more apart. Phones know them by their order: it never changes."""


def word_of(whole: bytes) -> str:
    """The word of a code, from all its bytes (`BusCode.whole`): nobody without the bus's key knows the next."""
    return WORDS[hashlib.sha256(whole).digest()[0] % len(WORDS)]
