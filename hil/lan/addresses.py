"""By which address phones on the local network find this machine."""

from __future__ import annotations

import json
import re
import socket
import subprocess
from dataclasses import dataclass
from ipaddress import IPv4Address

from hil.lan.authority import NAMES, NETWORKS

_LABEL = r"[a-z0-9]([a-z0-9-]*[a-z0-9])?"
_LOCAL = re.compile(rf"({_LABEL}\.)+({'|'.join(map(re.escape, NAMES))})")
ANYWHERE = ("192.0.2.1", 9)
"""A socket of datagrams is pointed there, which sends nothing, to see by which address this machine would go out."""


class NoLan(Exception):
    """There is no local network, or not the one that was named. The text says what to do."""


@dataclass(frozen=True, slots=True)
class Lan:
    """Where phones come in: `address` is this machine's, `host` what stands in the address bar, a name or it again.

    `all_addresses` are all that this machine has in local networks.
    """

    host: str
    address: IPv4Address
    all_addresses: tuple[IPv4Address, ...]

    @property
    def has_name(self) -> bool:
        """Whether passkeys can be had: they hold to a name, never to a number."""
        return self.host != str(self.address)


def find_lan(wanted: str) -> Lan:
    """The local network this machine is in. `wanted` is an address of it, a name for it, or "". Raises NoLan."""
    return choose(wanted, _present(), _outward())


def choose(wanted: str, present: list[IPv4Address], outward: IPv4Address | None) -> Lan:
    """Of the addresses `present` the wanted one, else that by which packets go out, else the first. Raises NoLan."""
    local = [each for each in present if any(each in network for network in NETWORKS)]
    if not local:
        raise NoLan(
            "ローカルネットワークのアドレスがありません。電話と同じWi-Fiにつないで、もう一度実行してください。 / "
            "This machine has no address in a local network: join the phone's Wi-Fi and run this again."
        )
    address = outward if outward in local else local[0]
    assert address is not None
    if not wanted:
        return Lan(str(address), address, tuple(local))
    if wanted.rpartition(".")[2].isdigit():
        chosen = next((each for each in local if str(each) == wanted), None)
        if chosen is None:
            raise NoLan(
                f"{wanted} はこの機械のローカルのアドレスではありません。あるのは {_list(local)} です。 / "
                f"{wanted} is no local address of this machine; it has {_list(local)}."
            )
        return Lan(wanted, chosen, tuple(local))
    name = wanted.lower().rstrip(".")
    if not _LOCAL.fullmatch(name):
        endings = ", ".join(f".{suffix}" for suffix in NAMES)
        raise NoLan(
            f"名前は {endings} のどれかで終わるものにしてください（例 laptop.local）。 / "
            f"The name must end in one of {endings}, such as laptop.local."
        )
    return Lan(name, address, tuple(local))


def _present() -> list[IPv4Address]:
    """Every IPv4 address of an interface that is up. Raises NoLan without the program that knows them."""
    command = ["ip", "-json", "-4", "address", "show", "up", "scope", "global"]
    try:
        said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout
    except (OSError, subprocess.SubprocessError) as error:
        raise NoLan(
            "この機械のアドレスを調べられません。sudo apt-get install iproute2 を実行してください。 / "
            "The addresses of this machine cannot be had: run sudo apt-get install iproute2."
        ) from error
    return [
        IPv4Address(each["local"])
        for interface in json.loads(said or "[]")
        for each in interface.get("addr_info", ())
        if each.get("family") == "inet"
    ]


def _outward() -> IPv4Address | None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as near_end:
        try:
            near_end.connect(ANYWHERE)
        except OSError:
            return None
        return IPv4Address(near_end.getsockname()[0])


def _list(addresses: list[IPv4Address]) -> str:
    return ", ".join(map(str, addresses))
