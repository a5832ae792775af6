"""Signing in as a member, in plain words, Japanese first."""

from __future__ import annotations

from central.access.members.mail_code import NotSignedIn
from central.access.passphrases import NotTaken, Proof
from central.words.words import Words

NOT_SIGNED_IN: dict[NotSignedIn, Words] = {
    NotSignedIn.BAD_MAIL: (
        "メールアドレスの形になっていません。もう一度見てください。",
        "That is no mail address: look at it again.",
    ),
    NotSignedIn.WRONG_CODE: (
        "番号が違うか、10分を過ぎました。新しい番号を送ってください。",
        "The number is wrong, or ten minutes are over: send a new one.",
    ),
}
NOT_PROVEN: dict[Proof, Words] = {
    Proof.WRONG: ("会員番号か暗証番号が違います。", "The member number or the PIN is wrong."),
    Proof.WAIT: (
        "続けて間違えました。15分待ってから、もう一度どうぞ。",
        "Wrong too often: wait 15 minutes and try again.",
    ),
    Proof.LOCKED: (
        "何度も間違えたので、止めています。役場の窓口で新しい暗証番号を受け取ってください。",
        "Wrong too many times: get a new PIN at the office's desk.",
    ),
}
NOT_TAKEN: dict[NotTaken, Words] = {
    NotTaken.SHORT: ("4けた以上の数字にしてください。", "It needs four digits or more."),
    NotTaken.LONG: ("8けたまでの数字にしてください。", "It has at most eight digits."),
    NotTaken.NO_DIGITS: ("数字だけにしてください。", "It holds digits only."),
    NotTaken.COMMON: (
        "すぐに当てられてしまいます。別の数字にしてください。",
        "That is guessed at once: take others.",
    ),
}
NOT_SENT: Words = (
    "メールを送れませんでした。少し待って、もう一度押すか、役場へ電話してください。",
    "The mail could not be sent: wait a little and press again, or call the office.",
)
NOT_HERE: Words = (
    "この画面にその方はいません。サインインしてください。",
    "They are not on this screen: sign in.",
)
NOT_PROVEN_BY_KEY: Words = (
    "このパスキーでは入れません。メールか暗証番号を使ってください。",
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
