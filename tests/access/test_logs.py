"""A server's run, from the first invitation to the last sign-out: its logs hold nothing that lets anybody in."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from email import message_from_bytes
from email.policy import default
from pathlib import Path

from hil.virtual.ports import free_port
from tests.access.desk import PASSPHRASE

WAIT_S = 20


def central(*arguments: object) -> list[str]:
    return [sys.executable, "-c", "from central.main import cli; cli()", *map(str, arguments)]


class Client:
    """A browser as far as cookies go. It takes Secure ones on the loopback, as browsers do."""

    def __init__(self, own: str) -> None:
        self.own = own
        self.cookies: dict[str, str] = {}
        self._open = urllib.request.build_opener(_Stay()).open

    def ask(self, path: str, form: dict[str, str] | None = None) -> int:
        body = None if form is None else urllib.parse.urlencode(form).encode()
        asked = urllib.request.Request(self.own + path, data=body, headers={"Origin": self.own})
        asked.add_header("Cookie", "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
        try:
            answer = self._open(asked, timeout=WAIT_S)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            for line in answer.headers.get_all("Set-Cookie") or ():
                name, _, value = line.partition(";")[0].partition("=")
                self.cookies[name] = value
            return int(answer.status)


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *arguments: object) -> None:
        return None


def test_no_secret_stands_in_the_logs_of_a_run(tmp_path: Path) -> None:
    port = free_port()
    config = tmp_path / "central.toml"
    config.write_text(
        f'village = "ohkura"\ndata = "data"\n[broker]\npassword = "broker-secret"\nport = {free_port()}\n'
        f"[web]\nport = {port}\n",
        encoding="utf-8",
    )
    invited = subprocess.run(
        central("staff", "invite", "--config", config, "--name", "sato", "--role", "administrator"),
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    address, _, secret = invited.partition("#")
    assert address == f"http://127.0.0.1:{port}/staff/invitation"
    client = Client(f"http://127.0.0.1:{port}")
    with subprocess.Popen(
        central("run", "--config", config), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        server.stdout.readline()
        typed = {"invitation": secret, "passphrase": PASSPHRASE, "again": PASSPHRASE}
        assert client.ask("/staff/invitation", typed) == 303
        assert client.ask("/today") == 200
        assert client.ask("/m/sign-in/mail", {"mail": "guest@example.jp"}) == 200
        (path,) = (tmp_path / "data" / "mail").iterdir()
        mail = message_from_bytes(path.read_bytes(), policy=default)
        code = re.findall(r"\d{6}", mail["Subject"])[0]
        assert client.ask("/m/sign-in/code", {"mail": "guest@example.jp", "code": code}) == 303
        assert client.ask("/m/pin", {"pin": "27182818"}) == 303
        assert client.ask("/staff/sign-in", {"name": "sato", "passphrase": "wrong but long enough"}) == 422
        held = dict(client.cookies)
        assert client.ask("/staff/sign-out", {}) == 303
        server.send_signal(signal.SIGTERM)
        output, errors = server.communicate(timeout=WAIT_S)
    assert set(held) == {"__Host-staff", "__Host-session"}
    logs = output + errors
    assert "Traceback" not in logs
    secrets = {secret, PASSPHRASE, code, "27182818", "guest@example.jp", "broker-secret", *held.values()}
    assert {each for each in secrets if each in logs} == set()
    show = subprocess.run(
        central("audit", "show", "--data", tmp_path / "data"), capture_output=True, text=True, check=True
    ).stdout
    assert {each for each in secrets if each in show} == set()
