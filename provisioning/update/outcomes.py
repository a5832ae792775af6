"""Every end an update can come to, by name, with the words for whoever stands at the unit."""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """How it ended. Unless it says otherwise, what ran before runs on and nothing has changed."""

    UPDATED = "updated"
    """The new version runs and has shown that it is well."""
    INSTALLED = "installed"
    """There was none before; the version is in its place, and nobody has started it yet."""
    WELL = "well"
    """No update is under way."""
    ALREADY = "already"
    """This very version runs."""
    NO_RELEASE = "no-release"
    """There is no file with a release at this place."""
    NO_KEY = "no-key"
    """The unit does not know whose releases it takes."""
    UNREADABLE = "unreadable"
    """The stick was pulled out, or cannot be read."""
    DAMAGED = "damaged"
    """The file is cut short, or a byte is not what was signed."""
    FORGED = "forged"
    """The release key has not signed it."""
    OLDER = "older"
    """It is older than what runs, and does not say by signature that it may take its place."""
    TOO_OLD_HERE = "too-old-here"
    """What runs is older than what this release can follow: another one comes in between."""
    WRONG_PLATFORM = "wrong-platform"
    """It was made for another processor or Python."""
    NO_ROOM = "no-room"
    """The disk is full."""
    DISK = "disk"
    """The unit's own disk cannot be written or read."""
    UNFIT = "unfit"
    """The new version does not pass its own check on this unit."""
    BUSY = "busy"
    """Another update is under way on this unit."""
    IN_SERVICE = "in-service"
    """The unit was needed the whole time that the update was willing to wait."""
    SILENT = "silent"
    """The running program does not answer, so nobody knows whether it is needed."""
    ROLLED_BACK = "rolled-back"
    """The new version ran and was not well: the one before runs again."""
    NOT_WELL = "not-well"
    """What ran before is back in its place, and does not get well either: somebody must come."""


GOOD = {Outcome.UPDATED, Outcome.INSTALLED, Outcome.WELL, Outcome.ALREADY}

WORDS = {
    Outcome.UPDATED: ("更新しました", "Updated"),
    Outcome.INSTALLED: ("最初の版を入れました", "The first version is in its place"),
    Outcome.WELL: ("更新の途中ではありません", "No update is under way"),
    Outcome.ALREADY: ("もうこの版です。することはありません", "This version runs already: nothing to do"),
    Outcome.NO_RELEASE: (
        "リリースのファイルがありません。USBメモリの中身を確かめてください",
        "There is no release file here: look at what is on the stick",
    ),
    Outcome.NO_KEY: (
        "リリースの公開鍵がこの端末にありません。導入の手順で release.pub を置いてください",
        "This unit has no release.pub: put it there as when it was set up",
    ),
    Outcome.UNREADABLE: (
        "USBメモリを読めません。挿し直して、もう一度",
        "The stick cannot be read: plug it in again and repeat",
    ),
    Outcome.DAMAGED: (
        "ファイルが途中で切れているか壊れています。コピーし直してください",
        "The file is cut short or damaged: copy it again",
    ),
    Outcome.FORGED: (
        "署名が合いません。使わずに、役場に知らせてください",
        "The signature is wrong: do not use it, and tell the office",
    ),
    Outcome.OLDER: (
        "今の版より古いリリースです。戻すには、戻す許可のあるリリースを作ってください",
        "It is older than what runs: to go back, have a release made with --replaces",
    ),
    Outcome.TOO_OLD_HERE: (
        "今の版からは一度に上げられません。間の版を先に入れてください",
        "What runs is too old for this release: take one in between first",
    ),
    Outcome.WRONG_PLATFORM: (
        "ほかの機種のためのリリースです。この端末の機種のものを選んでください",
        "It was made for another machine: choose the one for this processor and Python",
    ),
    Outcome.NO_ROOM: (
        "空き容量が足りません。空けてから、もう一度",
        "The disk has no room: make some, and repeat",
    ),
    Outcome.DISK: (
        "端末のディスクに書けません。root で実行しているか、ディスクを確かめてください",
        "The unit's disk cannot be written: see that this runs as root, and look at the disk",
    ),
    Outcome.UNFIT: (
        "新しい版がこの端末での自己点検に通りません。理由を役場に知らせてください",
        "The new version fails its own check on this unit: tell the office the reason",
    ),
    Outcome.BUSY: (
        "ほかの更新が動いています。終わるのを待ってください",
        "Another update is under way: wait for its end",
    ),
    Outcome.IN_SERVICE: (
        "運行中のため更新しませんでした。運行が終わってから、もう一度",
        "Not updated, the unit was in service: repeat after it",
    ),
    Outcome.SILENT: (
        "動いている端末から返事がありません。root で実行しているか確かめてください",
        "The running program does not answer: see that this runs as root",
    ),
    Outcome.ROLLED_BACK: (
        "新しい版の調子が悪いため、前の版に戻しました。理由を役場に知らせてください",
        "The new version was not well, and the one before runs again: tell the office the reason",
    ),
    Outcome.NOT_WELL: (
        "前の版に戻しましたが、動き出しません。役場に電話してください",
        "The version before is back in its place, but does not get well: call the office",
    ),
}


class Refused(Exception):
    """An update that does not happen. `detail` is for who mends it."""

    def __init__(self, outcome: Outcome, detail: str = "") -> None:
        super().__init__(outcome, detail)
        self.outcome = outcome
        self.detail = detail
