"""The README's figures stand between markers and are put there by the command that measures them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class NoMarkers(Exception):
    """The README has no place for this benchmark's figures. The text is one sentence with the remedy."""


def has_place(readme: Path, name: str) -> None:
    """Raises NoMarkers unless the README has one pair of markers for the benchmark `name`."""
    _parts(readme, name)


def write_figures(readme: Path, name: str, figures: str) -> None:
    """Replace what stands between the markers of `name`; nothing else changes. Raises NoMarkers."""
    before, after = _parts(readme, name)
    readme.write_text(f"{before}\n{figures.strip()}\n{after}", encoding="utf-8")


def _parts(readme: Path, name: str) -> tuple[str, str]:
    """The README up to and with the opening marker, and from the closing marker on."""
    begin, end = f"<!-- bench {name} -->", f"<!-- /bench {name} -->"
    text = readme.read_text(encoding="utf-8") if readme.is_file() else ""
    head, opened, rest = text.partition(begin)
    _, closed, tail = rest.partition(end)
    if not (opened and closed) or text.count(begin) != 1 or text.count(end) != 1:
        raise NoMarkers(
            f"{readme.name} に一組の {begin} と {end} がありません。書き入れる場所にこの二行を置いてください。 / "
            f"{readme.name} has no single pair of {begin} and {end}; put these two lines where the figures belong."
        )
    return head + begin, end + tail
