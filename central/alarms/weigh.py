"""Of which machine the office is told by mail, and when: pure, from what is wrong now and what was told before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from central.words.words import Words

HOUR_S = 3_600
RESTLESS_S = 6 * HOUR_S
PATIENT_TIMES = 8
"""A machine that was told of often within RESTLESS_S must differ for up to so many quiet times."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that is wrong, and what to do: words of ours alone, nothing that a machine has said."""

    name: Words
    todo: Words


@dataclass(frozen=True, slots=True)
class Known:
    """Of one machine: the names of the troubles told last, and since when what is found differs from them.

    `mails` are its mails within RESTLESS_S: the Unix second, and the names told then.
    """

    told: tuple[str, ...] = ()
    differs_since: int | None = None
    mails: tuple[tuple[int, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Memory:
    """What was told of each machine, and the Unix seconds of the last hour's mails."""

    machines: Mapping[str, Known] = field(default_factory=dict)
    sent: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Alarm:
    """A mail to be sent of `machine`; without troubles it is well again."""

    machine: str
    troubles: tuple[Trouble, ...]
    since: int


@dataclass(frozen=True, slots=True)
class Limits:
    """How long something must differ before it is told, and how many mails an hour there are at most."""

    quiet_s: int
    per_hour: int


def weigh(
    memory: Memory, found: Mapping[str, tuple[Trouble, ...]], limits: Limits, now: int
) -> tuple[Memory, list[Alarm]]:
    """What is to be sent at Unix second `now`, and the memory before anything is. What finds no room waits.

    A machine that `found` does not name says nothing now, and is neither better nor worse than it was told.
    One that comes and goes all day is told of ever less: twice as it is, then after twice the quiet time, and so on;
    what was not among its troubles before is told as ever.
    """
    sent = tuple(at for at in memory.sent if 0 <= now - at < HOUR_S)
    machines = dict(memory.machines)
    due: list[Alarm] = []
    for machine, troubles in sorted(found.items()):
        known = machines.get(machine, Known())
        if _names(troubles) == known.told:
            machines[machine] = replace(known, differs_since=None)
            continue
        # Never later than now: a clock that was set back must not keep an alarm back.
        since = now if known.differs_since is None else min(known.differs_since, now)
        mails = tuple(mail for mail in known.mails if 0 <= now - mail[0] < RESTLESS_S)
        machines[machine] = replace(known, differs_since=since, mails=mails)
        is_news = not set(_names(troubles)) <= {name for _, names in mails for name in names}
        times = 1 if is_news else min(2 ** max(0, len(mails) - 1), PATIENT_TIMES)
        if now - since >= limits.quiet_s * times:
            due.append(Alarm(machine, troubles, since))
    # Who has waited longest comes first.
    due.sort(key=lambda alarm: (alarm.since, alarm.machine))
    return Memory(machines, sent), due[: max(0, limits.per_hour - len(sent))]


def after(memory: Memory, alarm: Alarm, now: int) -> Memory:
    """Once that mail has gone out."""
    names = _names(alarm.troubles)
    told = Known(names, mails=(*memory.machines[alarm.machine].mails, (now, names)))
    return Memory({**memory.machines, alarm.machine: told}, (*memory.sent, now))


def _names(troubles: tuple[Trouble, ...]) -> tuple[str, ...]:
    return tuple(sorted(each.name[1] for each in troubles))
