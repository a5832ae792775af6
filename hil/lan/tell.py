"""What the terminal says about phones: where to come, how to trust, and the codes that were mailed."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from email import message_from_bytes
from email.policy import SMTP
from pathlib import Path
from threading import Event, Thread

import segno

from hil.lan.addresses import Lan
from hil.lan.authority import Authority

LOOK_S = 0.5
_CODE = re.compile(r"\b\d{6}\b")


def phone_lines(lan: Lan, authority: Authority, url: str, trust_url: str) -> list[str]:
    """Sentences for whoever holds a phone; `url` is the office by HTTPS, `trust_url` the page that explains trust."""
    lines = [
        f"  電話 / phone               {url}m/",
        f"  はじめての電話 / first     {trust_url}  （下のQR / the code below）",
        f"  認証局 / authority         {authority.name}",
        f"    SHA-256                  {authority.fingerprint}",
        "    iPhone:  Safariで開く → ダウンロード → 設定 > 一般 > VPNとデバイス管理 でインストール",
        "             → 設定 > 一般 > 情報 > 証明書信頼設定 でオン",
        "             Safari → download → Settings > General > VPN & Device Management: install",
        "             → About > Certificate Trust Settings: on",
        "    Android: ダウンロード → 設定で「CA証明書」を検索 → インストール → Chromeで開く",
        "             download → Settings, search “CA certificate”: install → open in Chrome",
    ]
    if authority.is_new:
        lines.append(
            "    認証局を新しく作りました。電話で一度信頼してください / This authority is new: phones must be told once"
        )
    if not lan.has_name:
        lines.append(
            "    番号のアドレスではパスキーを使えません。メールのコードで入るか、--lan laptop.local のように名前で / "
            "No passkeys at an address in numbers: come in by mail, or give a name, as in --lan laptop.local"
        )
    return lines


def qr(url: str) -> str:
    """The address as a symbol of half blocks, for a terminal."""
    text = io.StringIO()
    segno.make_qr(url, error="m").terminal(out=text, compact=True)
    return text.getvalue()


class MailTeller:
    """Says every mail that a demo's office puts into its folder, so that a phone can come in by it."""

    def __init__(self, folder: Path, tell: Callable[[str], object]) -> None:
        self._folder = folder
        self._tell = tell
        self._told: set[str] = set()
        self._ending = Event()
        self._thread = Thread(target=self._look, name="mails", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._ending.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._ending.wait(LOOK_S):
            for path in sorted(self._folder.glob("*.eml")):
                # One that is still being written has no code yet.
                if path.name not in self._told and self._say(path):
                    self._told.add(path.name)

    def _say(self, path: Path) -> bool:
        try:
            mail = message_from_bytes(path.read_bytes(), policy=SMTP)
        except OSError:
            return False
        code = _CODE.search(mail["Subject"] or "")
        if code is None:
            return False
        self._tell(f"[magenta]メール / mail[/magenta]  {mail['To']}: [bold]{code[0]}[/bold]")
        return True
