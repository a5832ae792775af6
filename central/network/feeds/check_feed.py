"""What the office is told of a feed: counts, problems, and whether it can be used."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from rules.network.feed.problems import FeedUnreadable, Problem, Severity
from rules.network.feed.read import FeedRead
from rules.network.trips import Service


@dataclass(frozen=True, slots=True)
class FeedCheck:
    """`usable` means that an edition can be made of the feed, `publishable` that nothing must be mended before.

    `stops` counts stops as people do (停留所), `poles` what buses halt at (標柱), `fare_rules` the rows of the file,
    `pairs` the ordered pairs of poles within trips by route, `missing` and `conflicts` those without one price.
    """

    stops: int
    poles: int
    patterns: int
    trips: int
    fare_rules: int
    pairs: int
    missing: int
    conflicts: int
    problems: tuple[Problem, ...]
    usable: bool = True

    @property
    def publishable(self) -> bool:
        """Whether publishing accepts the feed as it is: no error among its problems."""
        return all(problem.severity is not Severity.ERROR for problem in self.problems)

    def counts(self) -> dict[str, int]:
        """The counts by their names in the JSON document."""
        return {
            "stops": self.stops,
            "poles": self.poles,
            "patterns": self.patterns,
            "trips": self.trips,
            "fare_rules": self.fare_rules,
            "pairs": self.pairs,
            "missing": self.missing,
            "conflicts": self.conflicts,
        }

    def document(self) -> dict[str, object]:
        """The JSON document of `network check --json`. A problem's line is 0 where it is about the whole file."""
        problems = [
            {"file": each.file, "line": each.line, "message": each.message, "severity": each.severity.value}
            for each in self.problems
        ]
        return {**self.counts(), "problems": problems, "usable": self.usable, "publishable": self.publishable}


def check_feed(read: FeedRead, today: date) -> FeedCheck:
    """The check of a feed that could be read. An expired calendar is a warning: real feeds are often late."""
    draft = read.draft
    return FeedCheck(
        stops=read.stop_count,
        poles=len(draft.stops),
        patterns=len(draft.patterns),
        trips=len(draft.trips),
        fare_rules=read.fare_rule_count,
        pairs=len(read.pairs),
        missing=read.missing,
        conflicts=len(draft.fares.conflicts),
        problems=(*read.problems, *_calendar_problems(read, today)),
    )


def last_running_day(read: FeedRead) -> date:
    """The last day on which a trip may run."""
    running = {trip.service_id for trip in read.draft.trips.values()}
    return max(_last_day(read.draft.services[service_id]) for service_id in running)


def unreadable(feed: Path, error: FeedUnreadable) -> FeedCheck:
    """The check of a feed of which nothing can be made."""
    problem = Problem(feed.name, 0, error.message_ja, error.message_en, Severity.ERROR)
    return FeedCheck(0, 0, 0, 0, 0, 0, 0, 0, (problem,), usable=False)


def _calendar_problems(read: FeedRead, today: date) -> tuple[Problem, ...]:
    """A warning where no trip runs any more."""
    last = last_running_day(read)
    if last >= today:
        return ()
    return (
        Problem(
            "calendar.txt",
            0,
            f"運行日が{last:%Y-%m-%d}で終わっています。新しいデータがあれば差し替えてください。",
            f"The calendar ended on {last:%Y-%m-%d}; use a newer feed if there is one.",
            Severity.WARNING,
        ),
    )


def _last_day(service: Service) -> date:
    return max((service.end, *service.added))
