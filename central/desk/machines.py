"""Every machine with its health, what is wrong with it in words, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass

from central.desk.work import Work
from central.today.device_line import DeviceLine, Presence
from central.words.say_event import Tone
from central.words.words import Words

_ABSENT: dict[Presence, Words] = {
    Presence.SILENT: (
        "応答がありません。数分で戻らなければ、電源と電波を運転士に聞いてください。",
        "No answer: if it is not back in minutes, ask the driver about power and reception.",
    ),
    Presence.OFFLINE: (
        "便の途中で切れました。圏外なら自動で戻ります。次の停留所でも戻らなければ、運転士に電話してください。",
        "Cut off on its trip. Out of reception it returns by itself; otherwise call the driver.",
    ),
    Presence.NEVER: (
        "登録されましたが、まだ一度も連絡がありません。設置と設定を確かめてください。",
        "Enrolled and never heard: check that it is installed and set up.",
    ),
}
_CELLS: tuple[tuple[str, Words, Words], ...] = (
    (
        "gps",
        ("GPS", "GPS"),
        ("アンテナを確かめてください。停留所は運転士の画面で選べます。", "Check the aerial."),
    ),
    (
        "camera",
        ("カメラ", "camera"),
        (
            "レンズと線を確かめてください。それまでは手扱いで乗れます。",
            "Check lens and cable; ride by hand meanwhile.",
        ),
    ),
    (
        "clock",
        ("時計", "clock"),
        ("GPSか電波の届く所に出れば合います。", "It is set once GPS or the network is there."),
    ),
    (
        "queue",
        ("送信待ち", "unsent"),
        ("電波の届く所に止めてください。消えてはいません。", "Park it in reception; nothing is lost."),
    ),
    (
        "edition",
        ("路線データ", "edition"),
        (
            "新しい版が届いていません。電波の届く所で電源を入れたままにしてください。",
            "The new edition has not reached it: leave it on in reception.",
        ),
    ),
    (
        "temperature",
        ("温度", "temperature"),
        ("風通しと日除けを確かめてください。", "Give it air and shade."),
    ),
    (
        "power",
        ("電源", "power"),
        (
            "電源とケーブルを確かめてください。突然止まることがあります。",
            "Check supply and cable.",
        ),
    ),
    (
        "disk",
        ("ディスク", "disk"),
        (
            "カードを大きなものに替えるか、保守担当へ連絡してください。",
            "Take a larger card, or call maintenance.",
        ),
    ),
    (
        "certificate",
        ("証明書", "certificate"),
        (
            "電波の届く所で一日電源を入れておくと新しくなります。だめなら登録をやり直してください。",
            "Leave it on in reception for a day; otherwise enrol it anew.",
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a machine, what it says of it, and what to do."""

    name: Words
    text: str
    todo: Words
    tone: Tone


@dataclass(frozen=True, slots=True)
class MachineLine:
    """A machine and everything that is wrong with it; none for one that is well."""

    line: DeviceLine
    faults: tuple[Fault, ...]
    heard_at: int | None

    @property
    def tone(self) -> Tone:
        """The worst of them."""
        tones = {fault.tone for fault in self.faults}
        return next((tone for tone in (Tone.BAD, Tone.WARN) if tone in tones), Tone.GOOD)


def machine_line(line: DeviceLine, heard_at: int | None) -> MachineLine:
    """The machine with its faults in words; `heard_at` is a Unix second."""
    faults = []
    if line.presence in _ABSENT:
        # A new machine that waits to be installed troubles nobody.
        tone = Tone.WARN if line.presence is Presence.NEVER else line.tone
        faults.append(Fault(line.state, "", _ABSENT[line.presence], tone))
    for name, words, todo in _CELLS:
        cell = getattr(line, name)
        if cell.tone in (Tone.WARN, Tone.BAD):
            faults.append(Fault(words, cell.whole or cell.text, todo, cell.tone))
    return MachineLine(line, tuple(faults), heard_at)


def machine_work(machine: MachineLine) -> Work | None:
    """The machine among what needs a person, None while it is well."""
    if not machine.faults:
        return None
    said = "・".join(fault.name[0] for fault in machine.faults)
    english = ", ".join(fault.name[1] for fault in machine.faults)
    return Work(
        f"machine-{machine.line.device}",
        machine.tone,
        (f"機器 {machine.line.device}：{said}", english),
        machine.heard_at,
        ("どうするか見る", "What to do"),
        "desk.desk",
        anchor=f"of-{machine.line.device}",
    )
