"""The broker's configuration: who may connect, and which topics each may write and read."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

CENTRAL = "central"
ITERATIONS = 101
"""Mosquitto's own for this hash. Passwords here are made by machines, so a dictionary finds none."""

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
_SALT_BYTES = 12

_CONF = """\
# Written by provisioning/broker.py; what is changed by hand is lost.
{user}per_listener_settings false
allow_anonymous false
password_file {folder}/passwords
acl_file {folder}/acl
listener {port} 127.0.0.1
{clients}max_packet_size 131072
max_queued_messages 1000
max_queued_bytes 67108864
persistent_client_expiration 14d
persistence true
pid_file {folder}/mosquitto.pid
persistence_location {folder}/store/
autosave_interval 60
sys_interval 0
log_dest stderr
log_type error
log_type warning
log_type notice
{for_machines}"""

_ID_IS_NAME = """\
# A client's id is its user name: nobody throws another off by taking its id.
use_username_as_clientid true
"""
_OFFICE_ALONE = """\
# Nobody but the office comes in here. Where it takes a machine's id, that machine's session ends: so it is revoked.
use_username_as_clientid false
"""

_FOR_MACHINES = """\
# Machines come in here, each by its own certificate, whose name is its user name.
listener {port} {address}
cafile {ca}
certfile {certificate}
keyfile {key}
{revoked}require_certificate true
use_identity_as_username true
use_username_as_clientid true
tls_version tlsv1.2
"""

_ACL = """\
# Written by provisioning/broker.py; what is changed by hand is lost.
user {central}
topic readwrite v1/{village}/#

pattern write v1/{village}/%u/hello
pattern write v1/{village}/%u/up
pattern write v1/{village}/%u/seen
pattern write v1/{village}/%u/state
pattern read v1/{village}/%u/cursor
pattern read v1/{village}/%u/ack
pattern read v1/{village}/%u/down
"""


@dataclass(frozen=True, slots=True)
class MachinesListener:
    """Where machines come in by TLS. PEM files: `ca` signs machines' certificates; `revoked` lists those withdrawn.

    Whoever signs must never name a machine "central": its certificate would be the office's way in.
    """

    port: int
    ca: Path
    certificate: Path
    key: Path
    revoked: Path | None = None
    address: str = ""
    """"" listens on every address of the server."""


def write_broker_config(
    folder: Path,
    *,
    port: int,
    village: str,
    central_password: str,
    devices: Mapping[str, str],
    machines: MachinesListener | None = None,
) -> Path:
    """Write a Mosquitto (2.0 or 2.1) configuration into `folder` and say where: the file for `mosquitto -c`.

    `devices` are the passwords by name of those machines that come in by one, on the loopback like the office. The
    others need `machines`. Raises ValueError for a name that cannot stand in a topic, and for "central" as a machine.
    """
    for name in (village, *devices):
        check_name(name)
    if CENTRAL in devices:
        message = f"{CENTRAL!r} is the office's own name"
        raise ValueError(message)
    folder = folder.absolute()
    (folder / "store").mkdir(mode=0o700, parents=True, exist_ok=True)
    users = {CENTRAL: central_password, **devices}
    _write(folder / "passwords", "".join(f"{name}:{_hash(password)}\n" for name, password in users.items()))
    _write(folder / "acl", _ACL.format(central=CENTRAL, village=village))
    # Started by root, Mosquitto becomes a user of its own, who cannot read a private folder.
    user = "user root\n" if os.geteuid() == 0 else ""
    clients = _ID_IS_NAME if devices else _OFFICE_ALONE
    return _write(
        folder / "mosquitto.conf",
        _CONF.format(
            user=user, port=port, folder=folder, clients=clients, for_machines=_for_machines(machines)
        ),
    )


def check_name(name: str) -> None:
    """Raises ValueError for a name that cannot stand in a topic."""
    if not _NAME.fullmatch(name):
        message = f"a name has small letters, digits and hyphens, at most 32, unlike {name!r}"
        raise ValueError(message)


def find_mosquitto() -> Path | None:
    """The broker's program; None where it is not installed."""
    # Debian puts it where the PATH of an ordinary user does not look.
    found = shutil.which("mosquitto", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/usr/local/sbin")
    return Path(found) if found else None


def _for_machines(machines: MachinesListener | None) -> str:
    if machines is None:
        return ""
    return _FOR_MACHINES.format(
        port=machines.port,
        address=machines.address,
        ca=machines.ca.absolute(),
        certificate=machines.certificate.absolute(),
        key=machines.key.absolute(),
        revoked=f"crlfile {machines.revoked.absolute()}\n" if machines.revoked else "",
    )


def _hash(password: str) -> str:
    """As `mosquitto_passwd` writes it: PBKDF2 with SHA-512. Made here, so that no password stands in a command line."""
    salt = secrets.token_bytes(_SALT_BYTES)
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, ITERATIONS)
    return f"$7${ITERATIONS}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"


def _write(path: Path, text: str) -> Path:
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(text, encoding="utf-8")
    return path
