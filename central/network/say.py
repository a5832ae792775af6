"""What the commands of the network say on a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn
from unicodedata import category

import click

from central import command_line
from rules.network.feed.problems import Problem, Severity

MAX_REASONS = 20
WORST_FIRST = tuple(Severity)


def harmless(text: str) -> str:
    """The text without what a terminal would obey: a feed's names are written by strangers."""
    return "".join("\N{REPLACEMENT CHARACTER}" if category(each)[0] == "C" else each for each in text)


def fail(reason: str) -> NoReturn:
    """The reason on stderr, and exit 1."""
    command_line.fail(harmless(reason))


def print_problems(problems: Sequence[Problem]) -> None:
    """The worst problems first, a screenful; --json has them all."""
    shown = sorted(problems, key=lambda problem: WORST_FIRST.index(problem.severity))[:MAX_REASONS]
    for problem in shown:
        place = f"{problem.file}:{problem.line}" if problem.line else problem.file
        click.echo(f"[{problem.severity.value}] {place} {harmless(problem.message)}", err=True)
    more = len(problems) - len(shown)
    if more:
        click.echo(f"ほか{more}件(--json で全件) / {more} more (all of them with --json)", err=True)
