"""What the commands of the network say on a terminal."""

from __future__ import annotations

import sys
from typing import NoReturn
from unicodedata import category

import click


def harmless(text: str) -> str:
    """The text without what a terminal would obey: a feed's names are written by strangers."""
    return "".join("\N{REPLACEMENT CHARACTER}" if category(each)[0] == "C" else each for each in text)


def fail(reason: str) -> NoReturn:
    """The reason on stderr, and exit 1."""
    click.echo(harmless(reason), err=True)
    sys.exit(1)
