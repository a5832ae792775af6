"""A new central: its authority, its broker's configuration and its settings, in one folder, all or nothing of each."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from provisioning.authority import Made, make_authority
from provisioning.broker import MachinesListener, check_name, write_broker_config

AUTHORITY, BROKER, SETTINGS = "authority", "broker", "central.toml"
_PASSWORD_BYTES = 24
_SETTINGS = """\
# Written by yukemuri-provision init. What else may stand here: yukemuri-central config check, and the README.
data = "."
village = "{village}"
# issuer = 1            # the village's number on passes, as on its buses: 1 to 65535, chosen once. Without it, no codes

# [web]
# address = "https://…" # the name that people open

[broker]
port = {office_port}
password = "{password}"

[machines]
host = "{door_address}"
port = {door_port}
broker_host = "{name}"
broker_port = {broker_port}
broker_pid = "{broker}/mosquitto.pid"
"""


class InitRefused(Exception):
    """Nothing was made. The text says why and what to do."""

    def __init__(self, japanese: str, english: str) -> None:
        super().__init__(f"{japanese} / {english}")


@dataclass(frozen=True, slots=True)
class Ports:
    """Where this server listens. `broker_address` "" is every address; the office's own port is on the loopback."""

    office: int
    broker_address: str
    broker: int
    door_address: str
    door: int


def make_central(
    folder: Path, safe: Path, village: str, names: Sequence[str], ports: Ports, now: int
) -> Made:
    """Make all that a new central needs in `folder`, and the root's key in `safe` alone; `now` is the Unix second.

    `names` are those by which machines call this server, the first one stands in their settings. Raises InitRefused,
    also where anything is there already: nothing is ever overwritten.
    """
    folder, safe = folder.absolute(), safe.absolute()
    for each in (AUTHORITY, SETTINGS, BROKER):
        if (folder / each).exists():
            raise InitRefused(
                f"{folder / each} がもうあります。何も変えませんでした。動いている役場なら、init は要りません。"
                "やり直すなら、別の場所へ移してから",
                f"{folder / each} is there already; nothing was changed. A server that runs needs no init; to begin "
                "anew, move it away first",
            )
    if not safe.is_dir():
        raise InitRefused(
            f"{safe} がありません。USBメモリをつないでください", f"there is no {safe}: plug the stick in"
        )
    if safe.resolve().is_relative_to(folder.resolve()):
        raise InitRefused(
            "ルートの鍵はサーバーに置けません。--stick にUSBメモリの場所を書いてください",
            "the root's key must not stay on the server: give the stick's place by --stick",
        )
    password = secrets.token_urlsafe(_PASSWORD_BYTES)
    files = folder / AUTHORITY
    listener = MachinesListener(
        ports.broker,
        files / "authorities.pem",
        files / "server.pem",
        files / "server.key",
        files / "revoked.pem",
        ports.broker_address,
    )
    try:
        check_name(village)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = make_authority(files, safe, village, names, now)
        write_broker_config(
            folder / BROKER,
            port=ports.office,
            village=village,
            central_password=password,
            devices={},
            machines=listener,
        )
        settings = _SETTINGS.format(
            village=village,
            office_port=ports.office,
            password=password,
            door_address=ports.door_address,
            door_port=ports.door,
            name=names[0],
            broker_port=ports.broker,
            broker=BROKER,
        )
        path = folder / SETTINGS
        path.touch(mode=0o600)
        path.write_text(settings, encoding="utf-8")
    except FileExistsError as error:
        raise InitRefused(
            f"{error} がもうあります。別のUSBメモリを使うか、移してください",
            f"{error} is there already: use another stick, or move it away",
        ) from error
    except ValueError as error:
        raise InitRefused(
            f"名前を確かめてください（{error}）", f"check the village's and the server's names ({error})"
        ) from error
    except OSError as error:
        raise InitRefused(
            f"{error.filename} に書けません。権限と空きを確かめ、できかけのものを消して、やり直してください",
            f"{error.filename} cannot be written ({error.strerror}): check permissions and room, remove what was begun "
            "and run it again",
        ) from error
    return made
