"""Mail into a folder, and mail to a server."""

from __future__ import annotations

from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from central.access.members.mailbox import KEPT, FileMailbox, NotSent, SmtpMailbox
from tests.access.desk import NOW


def test_a_mail_is_a_file_that_only_its_owner_reads(tmp_path: Path) -> None:
    box = FileMailbox(tmp_path / "mail")
    box.send("guest@example.jp", "番号 123456", "123456 です。", NOW)
    (path,) = (tmp_path / "mail").iterdir()
    assert path.stat().st_mode & 0o077 == 0
    mail = message_from_bytes(path.read_bytes(), policy=default)
    assert mail["To"] == "guest@example.jp"
    assert mail["Subject"] == "番号 123456"
    body = mail.get_body()
    assert body is not None
    assert body.get_content().strip() == "123456 です。"


def test_the_folder_keeps_the_newest_only(tmp_path: Path) -> None:
    box = FileMailbox(tmp_path)
    for number in range(KEPT + 3):
        box.send("guest@example.jp", str(number), "", NOW + number)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert len(names) == KEPT
    assert names[-1] == f"{NOW + KEPT + 2:012}-{KEPT + 3:06}.eml"


def test_where_nothing_can_be_written_or_nobody_listens_it_was_not_sent(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("a file, no folder")
    with pytest.raises(NotSent):
        FileMailbox(tmp_path / "mail").send("guest@example.jp", "x", "x", NOW)
    with pytest.raises(NotSent):
        SmtpMailbox("127.0.0.1", 1, "office@example.jp", "", "").send("guest@example.jp", "x", "x", NOW)
    with pytest.raises(NotSent):
        FileMailbox(tmp_path / "other").send("guest@example.jp", "x\nBcc: y@example.jp", "x", NOW)
