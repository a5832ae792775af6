"""What notices say: やさしい日本語 with readings as in `words.ruby`, its phrases parted by spaces; and English."""

from __future__ import annotations

from enum import StrEnum

from central.words.words import Words


class Paper(StrEnum):
    """What can be printed. The values stand in addresses."""

    STICKER = "sticker"
    """運賃箱のシール: the code that phones read at the bus; one for each bus."""
    POSTER = "poster"
    """How to ride with a phone, a card and cash."""
    HOW_TO = "how-to"
    """For members: how to begin with the member's page."""
    BATH = "bath"
    """Beside a kiosk: how points come."""


PAPERS: dict[Paper, Words] = {
    Paper.STICKER: ("運賃箱のシール", "Sticker for the fare box"),
    Paper.POSTER: ("バスの乗り方のポスター", "Poster: how to ride"),
    Paper.HOW_TO: ("マイページの始め方", "Sheet: the member's page"),
    Paper.BATH: ("お風呂のポイントの掲示", "Notice for the bath's kiosk"),
}

STICKER_TITLE: Words = ("スマホで バスに {乗|の}る", "Ride by phone")
STICKER_STEPS: tuple[Words, ...] = (
    ("スマホの カメラで コードを {読|よ}みます。", "Scan this code with your phone."),
    ("「{乗|の}る」を {押|お}します。", "Touch “Get on”."),
    (
        "{降|お}りる{時|とき}は もう{一度|いちど} {読|よ}んで、「{降|お}りる」を {押|お}します。",
        "As you get off, scan again and touch “Get off”.",
    ),
)
STICKER_TICKET: Words = (
    (
        "{整理券|せいりけん}も {取|と}って、{降|お}りる{時|とき}に "
        "{運転士|うんてんし}に {画面|がめん}を {見|み}せてください。"
    ),
    "Take a paper ticket too, and show the screen to the driver as you get off.",
)

POSTER_TITLE: Words = ("バスの {乗|の}り{方|かた}", "How to ride the bus")
POSTER: tuple[tuple[Words, tuple[Words, ...]], ...] = (
    (
        ("スマホで {乗|の}る", "By phone"),
        (
            (
                "マイページを {開|ひら}いて、{自分|じぶん}の コードを {出|だ}します。",
                "Open your page; show your code.",
            ),
            (
                "{乗|の}る{時|とき}、 {入口|いりぐち}の カメラに {見|み}せます。",
                "Show it to the reader as you get on.",
            ),
            ("{降|お}りる{時|とき}も {見|み}せます。", "Show it again as you get off."),
        ),
    ),
    (
        ("カードで {乗|の}る", "By card"),
        (
            ("カードを {用意|ようい}します。", "Have your card ready."),
            (
                "{乗|の}る{時|とき}、カードの コードを {入口|いりぐち}の カメラに かざします。",
                "Hold its code to the reader as you get on.",
            ),
            ("{降|お}りる{時|とき}も かざします。", "Hold it there again as you get off."),
        ),
    ),
    (
        ("{現金|げんきん}で {乗|の}る", "With cash"),
        (
            (
                "{乗|の}る{時|とき}、 {整理券|せいりけん}を {取|と}ります。",
                "Take a paper ticket as you get on.",
            ),
            (
                "{整理券|せいりけん}の {番号|ばんごう}で {運賃|うんちん}が {決|き}まります。",
                "The number on it says what the fare is.",
            ),
            (
                "{降|お}りる{時|とき}、 {整理券|せいりけん}と お{金|かね}を {払|はら}います。",
                "Pay with the ticket as you get off.",
            ),
        ),
    ),
)

HOW_TO_TITLE: Words = ("マイページの {始|はじ}め{方|かた}", "How to begin with your page")
HOW_TO_STEPS: tuple[Words, ...] = (
    ("スマホの カメラで このコードを {読|よ}みます。", "Scan this code with your phone."),
    (
        "メールの {番号|ばんごう}か、{会員|かいいん}{番号|ばんごう}と PINで サインインします。",
        "Sign in by a code we mail you, or your number and PIN.",
    ),
    (
        "バスの コード、{残高|ざんだか}、{使|つか}った {記録|きろく}が {見|み}られます。",
        "See your code for the bus, your balance and what you have used.",
    ),
)
HOW_TO_HELP: Words = (
    (
        "わからない{時|とき}は、{役場|やくば}の {窓口|まどぐち}で いっしょに やります。"
        " スマホが なくても カードで {乗|の}れます。"
    ),
    "Ask at the office: we do it together. Without a phone, there is a card.",
)

BATH_TITLE: Words = ("お{風呂|ふろ}で ポイントが もらえます", "Points for your bath")
BATH_STEPS: tuple[Words, ...] = (
    ("{画面|がめん}に ふれて、{人数|にんずう}を えらびます。", "Touch the screen and say how many you are."),
    ("{出|で}てきた コードを スマホの カメラで {読|よ}みます。", "Scan the code it shows with your phone."),
    (
        "「{受|う}け{取|と}る」を {押|お}します。カードの {人|ひと}は、カードを かざします。",
        "Touch “Get the points”. With a card, hold it to the reader.",
    ),
)
BATH_JOIN: Words = (
    "はじめての {人|ひと}は、このコードから {会員|かいいん}に なれます。",
    "New here? Join by this code.",
)

NO_ADDRESS: Words = (
    "設定の web.address がないので、QRコードを刷れません。保守担当に設定してもらってください。",
    "No code can be printed without web.address in the settings: have whoever maintains the server set it.",
)
NO_BUS: Words = (
    "そのバスは登録されていません。一覧から選んでください。",
    "There is no such bus: choose from the list.",
)
WRONG_PAPER: Words = (
    "紙の種類か大きさが読めません。一覧から選んでください。",
    "Choose paper and size from the list.",
)
