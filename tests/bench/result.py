"""What a benchmark says: its figures, what was measured beside them in the same run, and the verdict."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from rich.cells import cell_len

if TYPE_CHECKING:
    from tests.bench.machine import Machine

Row = tuple[str, ...]


class Bound(StrEnum):
    """On which side of its target a ratio is to lie."""

    AT_MOST = "at most"
    AT_LEAST = "at least"


@dataclass(frozen=True, slots=True)
class Check:
    """A ratio of ours to the peer's or to what is allowed, and its target."""

    ratio: float
    target: float
    bound: Bound

    @property
    def held(self) -> bool:
        """Whether the target is reached."""
        return self.ratio <= self.target if self.bound is Bound.AT_MOST else self.ratio >= self.target


@dataclass(frozen=True, slots=True)
class Result:
    """One run of a benchmark.

    `metrics` are its own figures, `limits` the peer's or what is allowed, each name with its unit; `runs` is how many
    measurements each stands on. `table` is for people: the heading, then a row for each figure.
    """

    name: str
    metrics: dict[str, float]
    limits: dict[str, float]
    checks: dict[str, Check]
    machine: Machine
    runs: int
    table: tuple[Row, ...]

    @property
    def ok(self) -> bool:
        """Whether every target is reached."""
        return all(check.held for check in self.checks.values())

    def to_json(self) -> str:
        """One line of JSON. `bounds` says on which side of its target each ratio is to lie."""
        checks = self.checks.items()
        return json.dumps(
            {
                "name": self.name,
                "metrics": _rounded(self.metrics),
                "limits": _rounded(self.limits),
                "ratios": _rounded({key: check.ratio for key, check in checks}),
                "targets": _rounded({key: check.target for key, check in checks}),
                "bounds": {key: check.bound for key, check in checks},
                "ok": self.ok,
                "machine": self.machine.as_dict(),
                "runs": self.runs,
            },
            ensure_ascii=False,
            allow_nan=False,
        )

    def to_markdown(self, day: str) -> str:
        """The table, then when and where it was measured. Reads as well in a terminal as on a page."""
        verdict = "目標に到達 / targets reached" if self.ok else "目標に届かず / targets missed"
        where = f"{day} ・ {self.runs} 回 / runs ・ {self.machine}"
        return f"{markdown_table(self.table)}\n\n{verdict} ・ {where}"


def percentile(samples: Sequence[float], share: float) -> float:
    """The smallest sample that at least `share` (above 0, up to 1) of them do not exceed. ValueError without any."""
    if not samples:
        raise ValueError("a percentile needs at least one sample")
    return sorted(samples)[math.ceil(share * len(samples)) - 1]


def markdown_table(rows: Sequence[Row]) -> str:
    """The rows, the first one a heading, with figures on the right and columns that line up in a terminal."""
    widths = [max(cell_len(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines = [_line(row, widths) for row in rows]
    rule = [f"{'-' * width}{':' if place else '-'}" for place, width in enumerate(widths)]
    lines.insert(1, f"|-{'|-'.join(rule)}|")
    return "\n".join(lines)


def _line(row: Row, widths: list[int]) -> str:
    gaps = [" " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True)]
    cells = [
        gap + cell if place else cell + gap for place, (cell, gap) in enumerate(zip(row, gaps, strict=True))
    ]
    return f"| {' | '.join(cells)} |"


def _rounded(figures: dict[str, float]) -> dict[str, float]:
    return {key: round(value, 3) for key, value in figures.items()}
