"""By which address phones find the demo."""

from __future__ import annotations

import shutil
import subprocess
from ipaddress import IPv4Address
from typing import Any

import pytest

from hil.lan import addresses
from hil.lan.addresses import NoLan, choose, find_lan

WIFI, CABLE, WORLD = IPv4Address("192.168.1.5"), IPv4Address("10.0.0.7"), IPv4Address("8.8.4.4")


def test_the_address_by_which_packets_go_out_comes_first_and_all_are_listed() -> None:
    lan = choose("", [CABLE, WIFI], WIFI)
    assert (lan.host, lan.address, lan.all_addresses) == ("192.168.1.5", WIFI, (CABLE, WIFI))
    assert not lan.has_name
    assert choose("", [CABLE, WIFI], None).address == CABLE


def test_an_address_of_the_whole_world_is_never_served() -> None:
    assert choose("", [WORLD, WIFI], WORLD).all_addresses == (WIFI,)
    with pytest.raises(NoLan, match="Wi-Fi"):
        choose("", [WORLD], WORLD)
    with pytest.raises(NoLan, match=r"192\.168\.1\.5"):
        choose("8.8.4.4", [WORLD, WIFI], WORLD)


def test_without_a_network_it_says_to_join_one() -> None:
    with pytest.raises(NoLan, match=r"Wi-Fiにつないで"):
        choose("", [], None)


def test_another_address_of_this_machine_may_be_named_and_no_other() -> None:
    assert choose("10.0.0.7", [WIFI, CABLE], WIFI).address == CABLE
    with pytest.raises(NoLan, match=r"10\.0\.0\.8"):
        choose("10.0.0.8", [WIFI, CABLE], WIFI)


@pytest.mark.parametrize("name", ["Laptop.local", "laptop.local.", "laptop.home.arpa", "laptop.lan"])
def test_a_name_of_the_local_network_stands_in_the_address_and_allows_passkeys(name: str) -> None:
    lan = choose(name, [WIFI], WIFI)
    assert (lan.host, lan.address, lan.has_name) == (name.lower().rstrip("."), WIFI, True)


@pytest.mark.parametrize(
    "name", ["laptop", "bank.example.com", "local", "evil-local.com", ".local", "a b.local"]
)
def test_a_name_that_could_be_one_of_the_world_or_is_none_is_refused(name: str) -> None:
    with pytest.raises(NoLan, match=r"laptop\.local"):
        choose(name, [WIFI], WIFI)


@pytest.mark.skipif(shutil.which("ip") is None, reason="iproute2 is not installed")
def test_the_program_that_knows_the_addresses_is_understood() -> None:
    said = addresses._present()
    assert IPv4Address("127.0.0.1") not in said
    assert all(isinstance(each, IPv4Address) for each in said)


def test_without_that_program_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: Any, **__: Any) -> None:
        raise FileNotFoundError

    monkeypatch.setattr(subprocess, "run", missing)
    with pytest.raises(NoLan, match="iproute2"):
        find_lan("")
