"""The words of the page by which a phone reads the bus, for the table of the member's page."""

from __future__ import annotations

from central.words.words import Words
from rules.ride.phone_ride import NotTaken

RIDE_WORDS: dict[str, Words] = {
    "take.title": ("{携帯|けいたい}でバスに{乗|の}る", "Ride by phone"),
    "take.bus": ("バス", "Bus"),
    "take.what": (
        "バスの{画面|がめん}かシールのコードを{読|よ}むと、ここで{乗|の}り{降|お}りを{記録|きろく}できます。",
        "Scan the code on the bus's display or sticker, then note here where you get on and off.",
    ),
    "take.scan": ("バスのコードを{読|よ}み{取|と}る", "Scan the bus's code"),
    "take.strange": (
        "バスのコードではありません。バスの{画面|がめん}のコードを、もう{一度|いちど}{読|よ}んでください。",
        "This is no bus's code. Please scan the one on the bus's display again.",
    ),
    "take.board": ("{乗|の}る", "Get on"),
    "take.alight": ("{降|お}りる", "Get off"),
    "take.touch": (
        "{押|お}すまでは{何|なに}も{記録|きろく}されません。",
        "Nothing is noted until you touch a button.",
    ),
    "take.word": ("{合言葉|あいことば}", "Word"),
    "take.word-same": (
        "バスの{画面|がめん}と{同|おな}じか、{見|み}くらべてください。{降|お}りるときは{運転士|うんてんし}に{見|み}せてください。",
        "See that the bus's display says the same. Show it to the driver as you get off.",
    ),
    "take.sticker": (
        (
            "シールのコードです。{整理券|せいりけん}を{取|と}り、{降|お}りるときに{運転士|うんてんし}に{見|み}せてください。"
            "{停留所|ていりゅうじょ}は、あとでバスの{記録|きろく}から{決|き}まります。"
        ),
        (
            "This is the sticker's code. Take a paper ticket and show it to the driver as you get off. "
            "The bus's own records tell the stop later."
        ),
    ),
    "take.done-board": ("{乗車|じょうしゃ}を{記録|きろく}しました", "Noted: on board"),
    "take.done-alight": ("{降車|こうしゃ}を{記録|きろく}しました", "Noted: got off"),
    "take.remember": (
        "{降|お}りるときも、コードを{読|よ}んで「{降|お}りる」を{押|お}してください。",
        "When you get off, scan the code again and touch “Get off”.",
    ),
    "take.list": ("この{端末|たんまつ}の{記録|きろく}", "Noted on this device"),
    "take.none": ("まだ{記録|きろく}はありません。", "Nothing yet."),
    "take.kept": (
        "この{端末|たんまつ}にあります。{電波|でんぱ}が{戻|もど}ると{送|おく}ります。",
        "Kept on this device; sent when the network is back.",
    ),
    "take.waits": (
        "{送|おく}りました。バスの{記録|きろく}を{待|ま}っています。",
        "Sent; waiting for the bus's records.",
    ),
    "take.placed": ("バスの{記録|きろく}と{合|あ}いました", "The bus's records agree"),
    "take.offline": (
        "{電波|でんぱ}がなくても{記録|きろく}できます。{電波|でんぱ}が{戻|もど}ると{送|おく}ります。",
        "Without network, too, rides can be noted. They are sent when it is back.",
    ),
    "take.phone": ("{携帯|けいたい}で", "by phone"),
    "ride.double": (
        "コードで{乗|の}った{記録|きろく}で{精算|せいさん}ずみ",
        "charged as the ride by your code",
    ),
    "ride.no-fare": (
        "{運賃|うんちん}を{役場|やくば}が{確認|かくにん}しています",
        "the office is finding the fare",
    ),
    "other-member": (
        "ほかの{会員|かいいん}の{記録|きろく}です。その{人|ひと}がサインインすると{送|おく}ります。",
        "Another member's; sent when they sign in.",
    ),
}
"""`%s` and readings as in that table."""

NOT_TAKEN: dict[NotTaken, Words] = {
    NotTaken.UNREADABLE: (
        "{読|よ}み{取|と}れませんでした。もう{一度|いちど}コードを{読|よ}んでください。",
        "That could not be read. Please scan the code again.",
    ),
    NotTaken.UNKNOWN_BUS: (
        "この{村|むら}のバスのコードではありません。",
        "That is no code of a bus of this village.",
    ),
    NotTaken.BAD_SIGNATURE: (
        "バスが{出|だ}したコードではありません。バスの{画面|がめん}のコードを{読|よ}んでください。",
        "The bus did not make that code. Scan the one on the bus's display.",
    ),
    NotTaken.AHEAD: (
        "この{端末|たんまつ}の{時計|とけい}が{進|すす}んでいます。{時計|とけい}を{自動|じどう}に{合|あ}わせてください。",
        "This phone's clock is ahead. Set it to automatic time.",
    ),
    NotTaken.TOO_OLD: (
        "{日|ひ}がたちすぎています。{役場|やくば}の{窓口|まどぐち}へおいでください。",
        "That is too long ago. Please come to the counter.",
    ),
    NotTaken.OTHER_CLAIM: (
        "もう{一度|いちど}コードを{読|よ}んで、{押|お}してください。",
        "Please scan the code and touch again.",
    ),
    NotTaken.STOPPED: (
        "この{会員|かいいん}は{止|と}められています。{整理券|せいりけん}で{払|はら}い、{窓口|まどぐち}へおいでください。",
        "This account is stopped. Pay by the paper ticket and come to the counter.",
    ),
    NotTaken.TOO_MANY: (
        "{一日|いちにち}に{記録|きろく}できる{回数|かいすう}をこえました。{整理券|せいりけん}で{払|はら}ってください。",
        "That is more than can be noted in a day. Pay by the paper ticket.",
    ),
    NotTaken.NO_OPENING: (
        "そのときバスのドアは{開|ひら}いていません。{整理券|せいりけん}で{払|はら}ってください。",
        "The bus's door did not open then. Pay by the paper ticket.",
    ),
    NotTaken.OTHER_TIME: (
        "コードが{古|ふる}くなっています。{今|いま}のコードを{読|よ}んでください。",
        "That code is of another time. Scan the one shown now.",
    ),
    NotTaken.NO_TRIP: (
        "バスは{運行|うんこう}していませんでした。{整理券|せいりけん}で{払|はら}ってください。",
        "The bus was on no trip. Pay by the paper ticket.",
    ),
    NotTaken.PLACE_UNKNOWN: (
        "{停留所|ていりゅうじょ}がわかりません。{整理券|せいりけん}で{払|はら}い、{役場|やくば}へお{知|し}らせください。",
        "The stop is not known. Pay by the paper ticket and tell the office.",
    ),
}
