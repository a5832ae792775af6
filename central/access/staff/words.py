"""Signing in at the office, in its words, Japanese first."""

from __future__ import annotations

from central.access.passphrases import NotTaken, Proof
from central.access.staff.change_staff import NotChanged
from central.access.staff.invite import NotInvited
from central.access.who import Role
from central.words.words import Words

ROLES: dict[Role, Words] = {
    Role.CLERK: ("窓口", "clerk"),
    Role.CASHIER: ("出納", "cashier"),
    Role.APPROVER: ("決裁", "approver"),
    Role.ADMINISTRATOR: ("管理", "administrator"),
    Role.READER: ("閲覧", "reader"),
}

NOT_INVITED: dict[NotInvited, Words] = {
    NotInvited.BAD_NAME: (
        "名前は文字・数字・点・ハイフンで32文字までにしてください",
        "A name has letters, digits, dots and hyphens, at most 32",
    ),
    NotInvited.NO_INVITATION: (
        "この招待は使えません。使いおわったか、取り消されたか、24時間を過ぎています。管理の担当に新しいリンクを頼んでください。",
        "This invitation was used, withdrawn or is over: ask an administrator for a new link.",
    ),
}

NOT_CHANGED: dict[NotChanged, Words] = {
    NotChanged.NOT_YOURS: (
        "職員を変えられるのは管理の担当だけです。",
        "Only administrators change anything about the staff.",
    ),
    NotChanged.NOBODY: (
        "その名前の職員はいません。一覧から選んでください。",
        "Nobody of that name works here: choose from the list.",
    ),
    NotChanged.YOURSELF: (
        "自分の役割は変えられず、自分を外すこともできません。ほかの管理の担当に頼んでください。",
        "Nobody changes their own role or puts themselves out: ask another administrator.",
    ),
    NotChanged.LAST_ADMINISTRATOR: (
        "サインインできる管理の担当がいなくなります。先にもう一人を管理にして、サインインしてもらってください。",
        "No administrator who can sign in would be left: let another one sign in first.",
    ),
    NotChanged.NO_SESSION: (
        "そのサインインはもう終わっています。",
        "That session has ended already.",
    ),
}
WRONG_ROLE: Words = ("役割を選んでください。", "Choose a role.")

MAY: dict[Role, Words] = {
    Role.READER: ("見るだけ", "looks only"),
    Role.CLERK: ("会員・カード・乗車・問い合わせ", "members, cards, rides, inquiries"),
    Role.CASHIER: ("窓口の仕事と現金", "a clerk's work and cash"),
    Role.APPROVER: ("出納の仕事と決裁、監査記録", "a cashier's work, approvals, the audit log"),
    Role.ADMINISTRATOR: ("すべてと、職員・路線・運賃", "everything, and staff, lines, fares"),
}
"""What each role is for, beside the choice."""

NOT_TAKEN: dict[NotTaken, Words] = {
    NotTaken.SHORT: ("12文字以上にしてください。", "It needs 12 characters or more."),
    NotTaken.LONG: ("128文字までにしてください。", "It has at most 128 characters."),
    NotTaken.COMMON: (
        "すぐに当てられてしまいます。つながりのない言葉をいくつか並べてください。",
        "That is guessed at once: put some unrelated words one after another.",
    ),
}

NOT_PROVEN: dict[Proof, Words] = {
    Proof.WRONG: ("名前か合い言葉が違います。", "The name or the passphrase is wrong."),
    Proof.WAIT: (
        "続けて間違えたので、15分お待ちください。急ぐときは管理の担当に新しい招待を頼んでください。",
        "Wrong too often: wait 15 minutes, or ask an administrator for a new invitation.",
    ),
}
DIFFERENT: Words = ("二度の入力が違います。", "The two are not the same.")
NOT_PROVEN_BY_KEY: Words = (
    "このパスキーではサインインできません。合い言葉を使うか、管理の担当に頼んでください。",
    "This passkey does not let you in: use your passphrase, or ask an administrator.",
)
