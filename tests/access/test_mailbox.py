"""Mail into a folder, and mail to a server."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from central.access.members.mailbox import KEPT, FileMailbox, NotSent, SmtpMailbox
from tests.access.desk import NOW
from tests.faults.authority import Authority
from tests.mail_server import PASSWORD, MailServer, mail_server


@pytest.fixture(params=["starttls", "tls at once"])
def server(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[MailServer]:
    """One whose certificate this machine trusts."""
    at_once = request.param == "tls at once"
    with mail_server(tmp_path / "mail server", tls_at_once=at_once) as running:
        monkeypatch.setenv("SSL_CERT_FILE", str(running.ca))
        if at_once:
            # Nobody but root may listen on 465.
            monkeypatch.setattr(smtplib, "SMTP_SSL_PORT", running.port)
        yield running


def box_of(server: MailServer, **other: str) -> SmtpMailbox:
    return SmtpMailbox(**(server.settings.model_dump() | other))


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


def test_a_mail_reaches_a_server_whose_certificate_this_machine_trusts(server: MailServer) -> None:
    box = box_of(server)
    box.greet()
    box.send("guest@example.jp", "番号 123456", "123456 です。", NOW)
    (mail,) = server.mails
    assert (mail["To"], mail["Subject"]) == ("guest@example.jp", "番号 123456")
    assert mail.get_content().strip() == "123456 です。"
    assert server.passwords == [PASSWORD] * 2


@pytest.mark.parametrize("whose", ["nobody's", "another's"])
def test_a_server_whose_certificate_nobody_trusts_hears_neither_password_nor_mail(
    server: MailServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, whose: str
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    if whose == "another's":
        monkeypatch.setenv("SSL_CERT_FILE", str(Authority(tmp_path / "other").ca))
    with pytest.raises(NotSent, match="update-ca-certificates"):
        box_of(server).send("guest@example.jp", "番号 123456", "123456 です。", NOW)
    assert (server.passwords, server.mails) == ([], [])


def test_a_server_whose_certificate_is_for_another_name_hears_nothing(server: MailServer) -> None:
    with pytest.raises(NotSent, match="host"):
        box_of(server, host="localhost").greet()
    assert (server.passwords, server.mails) == ([], [])


def test_a_wrong_password_is_said_and_nothing_was_sent(server: MailServer) -> None:
    with pytest.raises(NotSent, match="535"):
        box_of(server, password="another").send("guest@example.jp", "x", "x", NOW)
    assert server.mails == []
