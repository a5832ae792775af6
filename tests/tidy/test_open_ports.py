"""What is open to others: nothing on a machine in the field; 80, 443 and 8883 on the server."""

from __future__ import annotations

import ast
import re
import socket
from contextlib import closing
from dataclasses import fields

from flask import Flask

from device.screen.server import ScreenServer
from provisioning.install.front import Front
from provisioning.main import cli
from tests.tidy.tree import ROOT, imports, modules

TEMPLATES = ROOT / "provisioning/install/templates"


def test_a_unit_s_screen_listens_on_the_loopback_alone() -> None:
    screen = ScreenServer(Flask(__name__), port=0)
    screen.start()
    try:
        with closing(socket.socket()) as it:
            assert it.connect_ex(("127.0.0.1", screen.port)) == 0
        with closing(socket.socket()) as it:
            # Another address of this same machine: whoever listens everywhere answers there as well.
            assert it.connect_ex(("127.0.0.2", screen.port)) != 0
    finally:
        screen.stop()


def test_a_machine_in_the_field_has_no_other_server() -> None:
    """Its screen is `ScreenServer` without a host of its own; other sockets that listen are files."""
    for path, tree in modules("terminal", "kiosk", "device"):
        if "waitress" in set(imports(tree)):
            assert path == "device/screen/server.py"
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "ScreenServer":
                assert {word.arg for word in node.keywords} == {"port"} and len(node.args) == 1, path


def test_the_server_opens_80_and_443_and_the_broker_8883() -> None:
    listens = [
        found
        for name in ("nginx-site.conf", "nginx-stream.conf")
        for found in re.findall(
            r"^\s*listen (\S+)", (TEMPLATES / name).read_text(encoding="utf-8"), re.MULTILINE
        )
    ]
    assert {each.rstrip(";") for each in listens if not each.startswith("127.0.0.1:")} == {
        "@HTTP@",
        "@HTTPS@",
    }
    front = {each.name: each.default for each in fields(Front)}
    assert (front["http"], front["https"]) == ("80", "443")
    options = {each.name: each.default for each in cli.commands["init"].params}
    assert options["broker"] == ":8883"
    assert str(options["door"]).startswith("127.0.0.1:")
