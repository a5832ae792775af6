"""What every machine's `doctor` says of itself, in one shape that others may script against."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Result(StrEnum):
    """How one check came out."""

    PASS = "PASS"
    WARN = "WARN"
    """It works, and somebody should look at it soon."""
    FAIL = "FAIL"
    """Work is lost or refused until somebody does what the remedy says."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. `detail` and `remedy` are "日本語 / English"; who is well needs no remedy."""

    name: str
    result: Result
    detail: str
    remedy: str = ""


def well(name: str, detail: str) -> Check:
    """It is as it should be."""
    return Check(name, Result.PASS, detail)


def warn(name: str, detail: str, remedy: str) -> Check:
    """It works for now."""
    return Check(name, Result.WARN, detail, remedy)


def fail(name: str, detail: str, remedy: str) -> Check:
    """It does not."""
    return Check(name, Result.FAIL, detail, remedy)


def not_here(name: str, what: str) -> Check:
    """This machine has no such thing, and is not asked to have one. `what` is "日本語 / English", or one word."""
    japanese, _, english = what.partition(" / ")
    return well(name, f"この機械にはありません（{japanese}） / not on this machine ({english or japanese})")


@dataclass(frozen=True, slots=True)
class Checkup:
    """All that was looked at, in the order in which one would mend it."""

    checks: tuple[Check, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing has failed; what only asks to be looked at is no failure."""
        return all(check.result is not Result.FAIL for check in self.checks)

    @property
    def exit_code(self) -> int:
        """0, or 1 where something has failed."""
        return 0 if self.ok else 1

    def json(self) -> str:
        """The stable shape, on one line."""
        checks = [
            {"name": each.name, "result": str(each.result), "detail": each.detail, "remedy": each.remedy}
            for each in self.checks
        ]
        return json.dumps({"checks": checks, "ok": self.ok}, ensure_ascii=False)

    def lines(self) -> Iterable[str]:
        """The same for people: a line for each, its remedy below."""
        for each in self.checks:
            yield f"{each.result:<4}  {each.name}: {each.detail}"
            if each.remedy:
                yield f"      → {each.remedy}"
        failed = sum(each.result is Result.FAIL for each in self.checks)
        warned = sum(each.result is Result.WARN for each in self.checks)
        yield f"直すこと {failed}件、見ておくこと {warned}件 / {failed} to mend, {warned} to look at"
