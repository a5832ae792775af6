"""Signing in as a member, in plain words, Japanese first, with readings as `central.words.ruby` shows them."""

from __future__ import annotations

from central.access.members.mail_code import NotSignedIn
from central.access.passphrases import NotTaken, Proof
from central.words.words import Words

NOT_SIGNED_IN: dict[NotSignedIn, Words] = {
    NotSignedIn.BAD_MAIL: (
        "メールアドレスの{形|かたち}になっていません。もう{一度|いちど}{見|み}てください。",
        "That is no mail address: look at it again.",
    ),
    NotSignedIn.WRONG_CODE: (
        "{番号|ばんごう}が{違|ちが}うか、10{分|ぷん}を{過|す}ぎました。{新|あたら}しい{番号|ばんごう}を{送|おく}ってください。",
        "The number is wrong, or ten minutes are over: send a new one.",
    ),
}
NOT_PROVEN: dict[Proof, Words] = {
    Proof.WRONG: (
        "{会員番号|かいいんばんごう}か{暗証番号|あんしょうばんごう}が{違|ちが}います。",
        "The member number or the PIN is wrong.",
    ),
    Proof.WAIT: (
        "{続|つづ}けて{間違|まちが}えました。15{分|ふん}{待|ま}ってから、もう{一度|いちど}どうぞ。",
        "Wrong too often: wait 15 minutes and try again.",
    ),
    Proof.LOCKED: (
        "{何度|なんど}も{間違|まちが}えたので、{止|と}めています。{役場|やくば}の{窓口|まどぐち}で{新|あたら}しい{暗証番号|あんしょうばんごう}を{受|う}け{取|と}ってください。",
        "Wrong too many times: get a new PIN at the office's desk.",
    ),
}
NOT_TAKEN: dict[NotTaken, Words] = {
    NotTaken.SHORT: ("4けた{以上|いじょう}の{数字|すうじ}にしてください。", "It needs four digits or more."),
    NotTaken.LONG: ("8けたまでの{数字|すうじ}にしてください。", "It has at most eight digits."),
    NotTaken.NO_DIGITS: ("{数字|すうじ}だけにしてください。", "It holds digits only."),
    NotTaken.COMMON: (
        "すぐに{当|あ}てられてしまいます。{別|べつ}の{数字|すうじ}にしてください。",
        "That is guessed at once: take others.",
    ),
}
NOT_SENT: Words = (
    "メールを{送|おく}れませんでした。{少|すこ}し{待|ま}って、もう{一度|いちど}{押|お}すか、{役場|やくば}へ{電話|でんわ}してください。",
    "The mail could not be sent: wait a little and press again, or call the office.",
)
NOT_HERE: Words = (
    "この{画面|がめん}にその{方|かた}はいません。サインインしてください。",
    "They are not on this screen: sign in.",
)
NOT_PROVEN_BY_KEY: Words = (
    "このパスキーでは{入|はい}れません。メールか{暗証番号|あんしょうばんごう}を{使|つか}ってください。",
    "This passkey does not let you in: use your mail or your PIN.",
)
CODE_SUBJECT = "ゆけむり 確認の番号 {code} / Yukemuri sign-in code"
CODE_TEXT = """\
ゆけむりの確認の番号です。画面に入れてください。10分間使えます。

    {code}

心当たりがなければ、このメールは捨ててください。番号は誰にも教えないでください。

Your Yukemuri sign-in code is {code}. It is good for ten minutes.
If you did not ask for it, throw this mail away. Tell nobody the code.
"""
