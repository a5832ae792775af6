"""Every kind of exception: what the office calls it, and what somebody has to do about it."""

from __future__ import annotations

from dataclasses import dataclass

from central.devices.list_incident import What
from central.devices.notice_record import Noticed
from central.words.say_event import Tone
from central.words.words import Words

REFUSED = str(What.RECORD_REFUSED)
"""A record that was taken in and could not be applied. Listed from the records themselves, which are never dropped;
of incidents only so many are kept of each machine."""
QUARANTINED = "quarantined"
"""A record that was kept apart: its number holds another one."""


@dataclass(frozen=True, slots=True)
class Kind:
    """`name` is short, `todo` one plain sentence, `detail` what an incident's detail holds."""

    name: Words
    tone: Tone
    todo: Words
    detail: str = "詳しく"


KINDS: dict[str, Kind] = {
    REFUSED: Kind(
        ("未記帳の記録", "not entered"),
        Tone.BAD,
        (
            "この記録ではお金は動いていません。記録のページを見て、運転日報と照らし合わせてください。",
            "No money has moved by this record: look at it and compare it with the driver's log.",
        ),
    ),
    QUARANTINED: Kind(
        ("番号が重なった記録", "set apart"),
        Tone.BAD,
        (
            "帳簿には入っていません。役場にある同じ番号の記録と見比べ、どちらもあったことかを運転日報で確かめてください。",
            "It is not in the books: compare both records with the driver's log.",
        ),
    ),
    What.RECORDS_LOST: Kind(
        ("失われた記録", "records lost"),
        Tone.BAD,
        (
            "欠けた番号のころの乗車を、運転日報と現金で確かめてください。",
            "Check the rides around the missing numbers against the driver's log and the cash.",
        ),
        "記録簿と欠けた番号",
    ),
    What.CONFLICT: Kind(
        ("記録簿の食い違い", "conflict"),
        Tone.BAD,
        (
            "カードの写しが別の機器で動いていないか、この機器のカードを替えていないか、すぐに確かめてください。",
            "Find out at once whether a copy of its card runs elsewhere, or its card was exchanged.",
        ),
        "記録簿と番号",
    ),
    What.JOURNAL_BEHIND: Kind(
        ("古い記録簿", "old journal"),
        Tone.WARN,
        (
            "機器に古いカードや控えを戻していないか確かめてください。",
            "Ask whether an old card or backup was put back into the machine.",
        ),
        "記録簿と番号",
    ),
    What.JOURNAL_REPLACED: Kind(
        ("記録簿の引き継ぎ", "journal replaced"),
        Tone.WARN,
        (
            "理由が damaged なら、カードを新しいものに替えてください。",
            "If the reason is “damaged”, put in a new card.",
        ),
        "記録簿と理由",
    ),
    What.NEW_JOURNAL: Kind(
        ("新しい記録簿", "new journal"),
        Tone.WARN,
        (
            "カードを替えた覚えがなければ、機器を点検してください。届いていない番号は引き継がれるのを待ちます。",
            "Unless its card was exchanged, have the machine looked at; numbers not yet here should still come.",
        ),
        "記録簿と届いていない番号",
    ),
    What.OFFICE_BEHIND: Kind(
        ("役場の巻き戻り", "office behind"),
        Tone.WARN,
        (
            "役場のデータを控えから戻したか確かめてください。機器の記録は自動で送り直されます。",
            "Make sure that the office was restored from a backup; machines send again by themselves.",
        ),
        "記録簿と番号",
    ),
    What.LIST_SET_BACK: Kind(
        ("一覧の巻き戻り", "list set back"),
        Tone.BAD,
        (
            "控えを取ったあとに登録した版・カード・利用停止を、もう一度登録してください。",
            "Enter again the editions, cards and blocked passes that were entered after the backup.",
        ),
        "番号",
    ),
    What.BOARDING_LOST: Kind(
        ("乗車の記録なし", "boarding lost"),
        Tone.WARN,
        (
            "降車の記録だけで請求しました。バスの記録が壊れていなかったか、確かめてください。",
            "It was charged by its alighting alone: see whether the bus has lost records.",
        ),
        "記録とパス",
    ),
    What.DOUBLE_USE: Kind(
        ("二重の使用", "double use"),
        Tone.BAD,
        (
            "請求は一回分だけです。二つの乗車を見比べ、持ち主に心当たりを聞いてください。",
            "Only one ride is charged: compare the two and ask the holder.",
        ),
        "パスと乗車",
    ),
    What.UNKNOWN_PASS: Kind(
        ("未知のパス", "unknown pass"),
        Tone.BAD,
        (
            "運賃は仮の口座にあります。発行の控えで持ち主を確かめてください。",
            "The fare is in suspense: find the holder in the papers of issue.",
        ),
        "パス",
    ),
    Noticed.OVERRULED: Kind(
        ("運転士の判断で乗車", "overruled"),
        Tone.WARN,
        (
            "断られた理由を記録で確かめ、同じ会員で続くなら窓口でパスを直してください。運賃が違えば乗車を訂正します。",
            "See why it was refused, and mend the pass if it goes on; set the ride right if its fare is wrong.",
        ),
    ),
    Noticed.GRACED: Kind(
        ("猶予で乗車", "rode by grace"),
        Tone.WARN,
        (
            "バスの時計か一覧が古いまま通しました。同じバスで続くなら時計と通信を点検してください。",
            "The bus was behind with its clock or lists: if it goes on with one bus, have both looked at.",
        ),
    ),
    Noticed.UNSURE_PLACE: Kind(
        ("停留所が不確か", "unknown place"),
        Tone.WARN,
        (
            "停留所は推定で、運賃は留保つきです。地図と運転日報で確かめ、違えば乗車を訂正してください。",
            "The stop is a guess: compare the map and the driver's log, and set the ride right if it is wrong.",
        ),
    ),
    Noticed.LEFT_OPEN: Kind(
        ("降車の記録なし", "provisional"),
        Tone.WARN,
        (
            "降りた停留所が分からず、仮の運賃です。会員に聞かれたら、乗車の訂正で停留所を入れてください。",
            "Nobody saw them alight, and the fare is provisional: name the stop in a correction if the member asks.",
        ),
    ),
    Noticed.PHONE_WAITS: Kind(
        ("携帯：バスの記録待ち", "phone waits for the bus"),
        Tone.WARN,
        (
            "一日たってもバスの記録が届かず、まだ請求していません。バスの通信を確かめ、届かなければUSBで取り込んでください。",
            "Not charged: the bus's records have not come for a day. See to its link, or bring them on a stick.",
        ),
    ),
    Noticed.PHONE_LEFT_OPEN: Kind(
        ("携帯：降車の記録なし", "phone: provisional"),
        Tone.WARN,
        (
            "乗るときだけ読み、終点までの仮の運賃です。会員に降りた停留所を聞き、乗車のページで入れてください。",
            "Read when boarding only, charged to the last stop: ask where they got off, and enter it at the ride.",
        ),
    ),
    Noticed.PHONE_DOUBLE: Kind(
        ("携帯とバスの二重", "phone and bus both"),
        Tone.WARN,
        (
            "請求はバスが読んだ乗車だけです。同じ人なら済みにし、連れが乗っていたなら窓口で運賃を受け取ってください。",
            "Only the ride that the bus read is charged: close it, or take the fare if somebody rode along.",
        ),
    ),
    What.CODE_UNDONE: Kind(
        ("受け取り後の取消", "undone after a claim"),
        Tone.WARN,
        (
            "「使用ずみ」とあれば、ポイントは会員に残っています。浴場に理由を聞き、会員に知らせてください。",
            "Where it says “used”, the member has the points still: ask the bath why, and tell the member.",
        ),
        "番号・会員・ポイント",
    ),
    What.CODE_GAP: Kind(
        ("通し番号の飛び", "numbers missing"),
        Tone.WARN,
        (
            "キオスクのカードを替えていないか、記録が失われていないかを確かめてください。",
            "Find out whether the kiosk's card was exchanged or records were lost.",
        ),
        "番号",
    ),
    What.CODE_ODD: Kind(
        ("時刻・区分の不審なコード", "odd code"),
        Tone.WARN,
        (
            "キオスクの時計・営業時間・区分の設定を、役場の登録と見比べてください。",
            "Compare the kiosk's clock, hours and visits with what the office has registered.",
        ),
        "番号と時刻",
    ),
    What.CODE_AGAIN: Kind(
        ("使用ずみのコード", "code used again"),
        Tone.WARN,
        (
            "ポイントは人数分だけです。同じキオスクで続くなら、画面の写真が広まっていないか浴場に聞いてください。",
            "Points were given only as often as it was for; if it goes on, ask whether photos of it go around.",
        ),
        "番号と時刻",
    ),
    What.CARD_STRANGE: Kind(
        ("未知のカード", "unknown card"),
        Tone.BAD,
        (
            "ポイントは誰にもついていません。発行の控えで持ち主を確かめてください。",
            "Nobody has got the points: find the holder in the papers of issue.",
        ),
        "カードと番号",
    ),
    What.REVOKED_DEVICE: Kind(
        ("失効した機器", "revoked machine"),
        Tone.BAD,
        (
            "何も受け取っていません。その機器がどこにあるか確かめてください。",
            "Nothing was taken from it: find out where that machine is.",
        ),
        "通信",
    ),
    What.UNKNOWN_DEVICE: Kind(
        ("未登録の機器", "unknown machine"),
        Tone.BAD,
        (
            "新しい機器なら登録してください。心当たりがなければ保守担当へ連絡してください。",
            "Enrol it if it is new; otherwise tell whoever maintains the server.",
        ),
        "通信",
    ),
    What.BAD_SIGNATURE: Kind(
        ("署名の誤り", "bad signature"),
        Tone.BAD,
        (
            "何も受け取っていません。登録した鍵と機器の鍵が同じか、保守担当に確かめてもらってください。",
            "Nothing was taken in: have it checked that the machine's key is the one enrolled.",
        ),
        "記録簿と番号",
    ),
    What.DAMAGED_BATCH: Kind(
        ("壊れて届いた記録", "damaged batch"),
        Tone.WARN,
        (
            "機器が送り直します。何度も続くなら保守担当へ連絡してください。",
            "The machine sends it again; if it goes on, tell whoever maintains the server.",
        ),
        "記録簿と番号",
    ),
    What.MALFORMED: Kind(
        ("形の合わない通信", "malformed"),
        Tone.WARN,
        (
            "続くなら、機器と役場のプログラムの版が合っているか、保守担当に確かめてもらってください。",
            "If it goes on, have it checked that the machine's program fits the office's.",
        ),
        "通信",
    ),
    What.PHONE_RIDE: Kind(
        ("携帯とバスの違い", "phone and bus disagree"),
        Tone.WARN,
        (
            "バスの記録のとおりに記帳しています。乗車の一覧と見比べ、会員に心当たりを聞いてください。",
            "The bus's record is booked: compare it with the rides and ask the member.",
        ),
        "申し出と会員",
    ),
    What.FAILED: Kind(
        ("処理の失敗", "failed"),
        Tone.BAD,
        (
            "時刻を添えて保守担当へ連絡してください。記録は機器に残っています。",
            "Tell whoever maintains the server, and when it was; the records are still on the machine.",
        ),
        "原因",
    ),
}
"""By the value that stands in the database, the order of the page's totals."""

_OTHER = (
    "この種類はこの版の画面がまだ知りません。保守担当へ連絡してください。",
    "This version does not know that kind: tell whoever maintains the server.",
)
TAKEN_OVER: Words = (
    "あとから引き継がれ、帳簿に入りました。することはありません。",
    "It was handed on later and is in the books: nothing is to be done.",
)
SOLVED: Words = (
    "その後の記録や登録で、ひとりでに解決しました。することはありません。",
    "It came right by itself, by what came in later: nothing is to be done.",
)
TAKEN_OVER_REFUSED: Words = (
    "あとから引き継がれましたが、帳簿に入りませんでした。引き継いだ記録のページで理由を見てください。",
    "It was handed on later but could not be entered: see why at the record that brought it.",
)


def kind_of(value: str) -> Kind:
    """What is known of a kind; one that another version wrote is shown by its own name."""
    return KINDS.get(value) or Kind((value, ""), Tone.WARN, _OTHER)
