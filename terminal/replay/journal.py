"""`replay --journal`: a unit's own records, told line by line, and every decision in them made again."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import click

from device.control import NotRunning, call
from device.journal import Holding, read_holding
from device.journal.holding import NAME
from device.kept_editions import SEALED, unseal_kept
from device.reading_out import holding_of
from device.stick.commands import REPLAY
from rules.messages.codec import Malformed
from rules.messages.events import HandAlighted, HandBoarded, Tapped
from terminal.replay.journal_facts import facts_of
from terminal.replay.journal_words import Teller, remarks
from terminal.replay.reproduce import Reproduction
from terminal.replay.words import hand_line, tap_line

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from rules.network.edition import Edition
    from terminal.replay.judged import Judged


class Editions(Mapping[int, "Edition"]):
    """Those a journal keeps, each unpacked at its first use."""

    def __init__(self, sealed: Mapping[str, bytes]) -> None:
        self._sealed = {int(key): body for key, body in sealed.items() if key.isdecimal()}
        self._open: dict[int, Edition] = {}

    def __getitem__(self, number: int) -> Edition:
        """Raises KeyError, also for one that is damaged."""
        if number not in self._open:
            try:
                self._open[number] = unseal_kept(self._sealed[number])
            except Malformed as error:
                del self._sealed[number]
                raise KeyError(number) from error
        return self._open[number]

    def __iter__(self) -> Iterator[int]:
        return iter(self._sealed)

    def __len__(self) -> int:
        return len(self._sealed)


@dataclass
class _Count:
    """How many decisions there were, by whether they agree; and how many other records have something wrong."""

    decisions: Counter[bool | None] = field(default_factory=Counter)
    others: int = 0

    def add(self, judged: Judged) -> None:
        if judged.is_decision:
            self.decisions[judged.agrees] += 1
        elif judged.agrees is False:
            self.others += 1

    @property
    def is_good(self) -> bool:
        return not self.decisions[False] and not self.others

    def sentences(self) -> Iterator[str]:
        good, bad, untold = (self.decisions[each] for each in (True, False, None))
        total = self.decisions.total()
        yield (
            f"判定{total}件のうち{good}件は規則のとおり。{untold}件は記録だけではわからず、{bad}件は規則と違います。 / "
            f"{good} of {total} decisions reproduced; {untold} cannot be told from the records, {bad} do not agree."
        )
        if self.others:
            yield (
                f"ほかに{self.others}件の記録に異常があります。 / Something is wrong with {self.others} other records."
            )


def replay_journal(path: Path, day: date | None, *, as_json: bool) -> int:
    """Print what the file holds, of one service day or of all; the exit code.

    Raises JournalUnreadable and StickRefused.
    """
    holding = _holding(path)
    editions = Editions(holding.kept)
    facts = facts_of(holding)
    reproduction, count, teller = Reproduction(facts, editions), _Count(), Teller(editions)
    shown = [each for each in reproduction.judge() if day is None or each.written.day == day.isoformat()]
    for each in shown:
        count.add(each)
        if not as_json:
            for line in teller.lines(each):
                click.echo(line)
        elif isinstance(event := each.written.event, Tapped | HandBoarded | HandAlighted):
            click.echo(json.dumps(_line(each, event, reproduction), ensure_ascii=False).encode())
        elif each.agrees is False:
            for line in remarks(each):
                click.echo(line.strip(), err=True)
    for sentence in count.sentences():
        click.echo(sentence, err=as_json)
    return 0 if count.is_good else 1


def _holding(path: Path) -> Holding:
    """From the terminal that runs on the file, and from the file itself where none does."""
    path = path.resolve()
    if path.name == NAME:
        # A copy beside it, under another name, is read itself.
        try:
            return holding_of(call(path.parent, REPLAY))
        except NotRunning:
            pass
    return read_holding(path, SEALED)


def _line(
    judged: Judged, event: Tapped | HandBoarded | HandAlighted, reproduction: Reproduction
) -> dict[str, Any]:
    written, final = judged.written, reproduction.final(judged.written.ref, event)
    if isinstance(event, Tapped):
        line = tap_line(written.t, event.pass_id, event, final) | {"allowed": event.allowed}
    else:
        line = hand_line(written.t, event, final) | {"undone": judged.undone}
    why = [str(each) for each in judged.why]
    return line | {
        "number": written.ref.number,
        "epoch": written.ref.epoch,
        "service_date": written.day or None,
        "trip_id": event.trip_id or None,
        "opening": judged.opening,
        "fare_by_rules": judged.by_rules,
        "agrees": judged.agrees,
        "why": why if written.fault is None else [str(written.fault), *why],
    }
