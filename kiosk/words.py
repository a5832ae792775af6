"""What the desk says, `日本語 / English`. It is said to guests, but for what is about the PIN and taking back."""

from __future__ import annotations

from kiosk.ports import MessageKind

MESSAGES: dict[MessageKind, str] = {
    MessageKind.MADE: "スマホで読み取ってください / Read the code with your phone",
    MessageKind.CARD_DONE: "カードを読みました。ポイントが入ります / Card read: your points are on the way",
    MessageKind.CARD_AGAIN: "このカードは先ほど読みました / This card was read a moment ago",
    MessageKind.CARD_UNKNOWN: (
        "このカードは使えません。スマホの方は画面のコードを読み取ってください / "
        "This is no card for points; with a phone, read the code on the screen"
    ),
    MessageKind.CARD_DENIED: (
        "このカードは使えません。受付へお声がけください / This card cannot be used: please ask at the counter"
    ),
    MessageKind.CLAIMED: "ポイントを受け取りました / Points received",
    MessageKind.CLOSED: "ただいま営業時間外です / We are closed now",
    MessageKind.TOO_MANY: (
        "しばらくコードを出せません。受付へお声がけください / No more codes for now: please ask at the counter"
    ),
    MessageKind.NO_SPACE: (
        "表示中のコードを読み取ってから、もう一度押してください / "
        "Please read a code on the screen first, then touch again"
    ),
    MessageKind.GONE: "このコードはもう表示できません / This code cannot be shown any more",
    MessageKind.UNDONE: "取り消しました / Taken back",
    MessageKind.NOTHING_TO_UNDO: (
        "取り消せません。画面を見直してください / Cannot be taken back: look at the list again"
    ),
    MessageKind.WRONG_PIN: "暗証番号が違います / Wrong PIN",
    MessageKind.PIN_WAITS: (
        "暗証番号の間違いが続きました。5分待ってください / Too many wrong PINs: wait five minutes"
    ),
    MessageKind.STOPPED: (
        "記録できないため、コードを出せません。受付へお声がけください / "
        "Nothing can be recorded now, so there is no code: please ask at the counter"
    ),
}

FULL = (
    "記録がいっぱいです。コードは出せません。回線がつながると空きます。続くときは事務所へ連絡してください。 / "
    "The journal is full and no code can be made. It empties once there is a network; if this goes on, call the office."
)
BROKEN = (
    "記録できません。紙で扱い、事務所へ連絡してください（{error}） / "
    "Cannot record: use paper, and call the office ({error})"
)
STARTING = "準備しています / Getting ready"
