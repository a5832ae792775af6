"""The server as it is started: settings told whole, one address, a clean end."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from click.testing import CliRunner

from central.main import cli
from central.settings import SettingsWrong, load
from hil.virtual.ports import free_port

WAIT_S = 60.0
WHOLE = """
data = "office"
village = "okura"
[broker]
password = "secret"
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "central.toml"
    path.write_text(text, encoding="utf-8")
    return path


def problems(folder: Path, text: str) -> list[str]:
    with pytest.raises(SettingsWrong) as wrong:
        load(written(folder, text))
    return wrong.value.problems


def test_settings_have_defaults_for_all_but_the_village_s_own(tmp_path: Path) -> None:
    settings = load(written(tmp_path, WHOLE))
    assert settings.data == tmp_path / "office"
    assert (settings.web.host, settings.broker.username, settings.demo) == ("127.0.0.1", "central", False)


def test_an_absolute_data_folder_stays_where_it_is(tmp_path: Path) -> None:
    assert load(written(tmp_path, WHOLE.replace('"office"', '"/srv/office"'))).data == Path("/srv/office")


def test_all_faults_are_told_at_once_each_with_its_remedy(tmp_path: Path) -> None:
    text = """
    village = "Ōkura 村"
    demo = "yes"
    colour = "red"
    [web]
    host = "0.0.0.0"
    port = 70000
    [broker]
    port = "1883"
    """
    found = problems(tmp_path, text)
    names = {"data", "village", "demo", "colour", "web.host", "web.port", "broker.port", "broker.password"}
    assert {line.split(": ")[1] for line in found} == names
    for line in found:
        japanese, _, english = line.partition(" / ")
        assert any(ord(letter) > 0x3000 for letter in japanese.removeprefix(str(tmp_path)))
        assert english.isascii()


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "office.example"])  # noqa: S104 - is refused
def test_pages_without_https_are_for_this_machine_only(tmp_path: Path, host: str) -> None:
    (problem,) = problems(tmp_path, f'{WHOLE}[web]\nhost = "{host}"\n')
    assert "127.0.0.1" in problem


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_the_loopback_is_this_machine(tmp_path: Path, host: str) -> None:
    assert load(written(tmp_path, f'{WHOLE}[web]\nhost = "{host}"\n')).web.host == host


def test_the_pages_go_by_the_address_that_stands_before_them(tmp_path: Path) -> None:
    alone = load(written(tmp_path, f'{WHOLE}[web]\nhost = "::1"\nport = 8470\n')).web
    assert (alone.name, alone.public) == ("", "http://[::1]:8470")
    known = load(written(tmp_path, f'{WHOLE}[web]\naddress = "https://bus.example.jp"\n')).web
    assert (known.name, known.public) == ("bus.example.jp", "https://bus.example.jp")


@pytest.mark.parametrize(
    "address", ["http://bus.example.jp", "bus.example.jp", "https://bus.example.jp/x", "https://"]
)
def test_an_address_that_is_more_or_less_than_a_name_is_refused(tmp_path: Path, address: str) -> None:
    (problem,) = problems(tmp_path, f'{WHOLE}[web]\naddress = "{address}"\n')
    assert "web.address" in problem
    assert "https://bus.example.jp" in problem


def test_a_mail_server_needs_its_name_and_a_sender(tmp_path: Path) -> None:
    found = problems(tmp_path, f'{WHOLE}[mail]\npassword = "x"\n')
    assert {line.split(": ")[1] for line in found} == {"mail.host", "mail.sender"}
    mail = 'host = "mail.example.jp"\nsender = "bus@example.jp"\npassword = "hidden"\n'
    settings = load(written(tmp_path, f"{WHOLE}[mail]\n{mail}"))
    assert settings.mail is not None
    assert settings.mail.port == 587
    assert "hidden" not in repr(settings)


def test_tiles_name_the_server_that_browsers_may_ask(tmp_path: Path) -> None:
    tiles = 'tiles = "https://tiles.example:8443/{z}/{x}/{y}.png"\nattribution = "©"\n'
    shown = load(written(tmp_path, f"{WHOLE}[map]\n{tiles}")).map
    assert shown is not None
    assert shown.origin == "https://tiles.example:8443"
    assert load(written(tmp_path, WHOLE)).map is None


@pytest.mark.parametrize(
    "tiles",
    [
        "http://tiles.example/{z}/{x}/{y}.png",
        "https://tiles.example/{z}/{x}.png",
        "https://tiles.example; script-src *;/{z}/{x}/{y}.png",
        "https://{z}.example/{x}/{y}",
        "//tiles.example/{z}/{x}/{y}",
        "",
    ],
)
def test_what_is_no_address_of_tiles_is_refused_with_the_remedy(tmp_path: Path, tiles: str) -> None:
    (problem,) = problems(tmp_path, f'{WHOLE}[map]\ntiles = "{tiles}"\nattribution = "©"\n')
    assert "map.tiles" in problem
    assert "{z} {x} {y}" in problem


def test_a_broken_file_names_the_line(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, 'data = "office"\nvillage = \n')
    assert "line 2" in problem


def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(SettingsWrong, match="場所と権限を確認してください"):
        load(tmp_path / "none.toml")


def test_config_check_tells_and_exits(tmp_path: Path) -> None:
    right = CliRunner().invoke(cli, ["config", "check", str(written(tmp_path, WHOLE))])
    assert right.exit_code == 0
    wrong = CliRunner().invoke(cli, ["config", "check", str(written(tmp_path, ""))])
    assert wrong.exit_code == 1
    assert wrong.stdout == ""
    assert len(wrong.stderr.splitlines()) == 3


def test_a_data_folder_that_cannot_be_used_ends_a_command_in_words(tmp_path: Path) -> None:
    result = CliRunner().invoke(cli, ["ledger", "verify", "--data", str(tmp_path / "none")])
    assert result.exit_code == 1
    assert "保存先" in result.stderr
    assert "Traceback" not in result.output


def central(*arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", "from central.main import cli; cli()", *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_the_server_says_where_it_is_serves_and_ends_on_sigterm(tmp_path: Path) -> None:
    port = free_port()
    config = written(tmp_path, f"{WHOLE}port = {free_port()}\n[web]\nport = {port}\n")
    with central("run", "--config", config) as server:
        assert server.stdout is not None
        address = server.stdout.readline().strip()
        assert address == f"http://127.0.0.1:{port}/"
        with urllib.request.urlopen(address, timeout=WAIT_S) as answer:
            assert answer.status == 200
        server.send_signal(signal.SIGTERM)
        _, errors = server.communicate(timeout=WAIT_S)
    assert server.returncode == 0
    assert "Traceback" not in errors


def test_a_busy_port_is_told_in_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        config = written(tmp_path, f"{WHOLE}[web]\nport = {port}\n")
        with central("run", "--config", config) as server:
            output, errors = server.communicate(timeout=WAIT_S)
    assert server.returncode == 1
    assert output == ""
    (sentence,) = errors.splitlines()
    assert str(port) in sentence
    assert "web.port" in sentence
