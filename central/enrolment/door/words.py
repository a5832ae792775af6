"""What whoever stands in front of a machine is told when it is not let in."""

from __future__ import annotations

from rules.messages.enrolment import NotEnrolled

UNAVAILABLE = (
    "役場のサーバーが応えられません。しばらくしてから、もう一度どうぞ。 / "
    "The office's server cannot answer now: try again in a while."
)
WHY = {
    NotEnrolled.MALFORMED: (
        "この端末の頼みを読めません。端末のプログラムの版を確かめてください。 / "
        "The machine's request cannot be read: check the version of its program."
    ),
    NotEnrolled.CODE_UNKNOWN: (
        "そのコードはありません。文字を確かめるか、役場で新しいコードを作ってください。 / "
        "There is no such code: check its letters, or make a new one at the office."
    ),
    NotEnrolled.CODE_LATE: (
        "コードの15分が過ぎました。役場で新しいコードを作ってください。 / "
        "The code's 15 minutes are over: make a new one at the office."
    ),
    NotEnrolled.CODE_USED: (
        "そのコードはもう使われました。覚えがなければ、役場ですぐにその端末を失効させてください。 / "
        "The code was used before. If it was not by you, revoke that machine at the office at once."
    ),
    NotEnrolled.OTHER_UNIT: (
        "コードは別の名前の端末のものです。端末の名前を確かめてください。 / "
        "The code is for a machine of another name: check the machine's name."
    ),
    NotEnrolled.KEY_REFUSED: (
        "この鍵は使えません。鍵を消して、登録をやり直してください。 / "
        "These keys cannot be taken: remove them and enrol anew."
    ),
    NotEnrolled.PROOF_WRONG: (
        "署名が違います。登録をやり直してください。 / The request is not signed by its keys: enrol anew."
    ),
    NotEnrolled.CERTIFICATE_UNKNOWN: (
        "その証明書はこの役場のものではありません。新しいコードで登録してください。 / "
        "That certificate is not of this office: enrol with a new code."
    ),
    NotEnrolled.REVOKED: (
        "この端末は失効しています。役場で新しいコードを作ってください。 / "
        "This machine was revoked: make a new code at the office."
    ),
    NotEnrolled.NOT_DUE: (
        "証明書はまだ新しく、更新は要りません。 / The certificate is young: nothing to renew."
    ),
    NotEnrolled.FORMER: (
        "この証明書はずっと前に更新されています。古いカードを戻した端末なら、役場の新しいコードで登録してください。"
        "覚えがなければ、役場で失効させてください。 / "
        "This certificate was renewed long since. If an old card was put back, enrol with a new code of the office; "
        "if it was not by you, revoke that machine."
    ),
    NotEnrolled.AUTHORITY_EXPIRED: (
        "役場の認証局の期限が切れています。保守担当に連絡してください。 / "
        "The office's authority has expired: call whoever maintains the server."
    ),
}
