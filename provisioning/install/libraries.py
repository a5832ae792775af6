"""The libraries that run on a machine, out of the lock that also holds those of the tests."""

from __future__ import annotations

import re
from collections.abc import Container

_PROJECT = "yukemuri (pyproject.toml)"
_SYSTEMS = ("numpy", "opencv-python-headless")
"""Raspberry Pi OS has these for its own Python, fitting its camera."""


def for_machines(lock: str, without: Container[str] = _SYSTEMS) -> str:
    """The part of a lock, as uv writes it, that the project itself needs, directly or not, less `without`."""
    blocks = dict(_blocks(lock))
    needed: set[str] = set()
    while more := {
        name
        for name, block in blocks.items()
        if name not in needed and _needed_by(block) & {_PROJECT, *needed}
    }:
        needed |= more
    return "".join(block for name, block in blocks.items() if name in needed and name not in without)


def _blocks(lock: str) -> list[tuple[str, str]]:
    """Each library's name with its lines."""
    found = re.findall(r"^[a-z0-9].*\n(?:[ ].*\n?)*", lock, re.MULTILINE)
    return [(re.split(r"[=\[ ]", block, maxsplit=1)[0], block) for block in found]


def _needed_by(block: str) -> set[str]:
    """Who wants it: uv says so behind `# via`."""
    _, _, via = block.partition("# via")
    return {line.strip(" #") for line in via.splitlines() if line.strip(" #")}
