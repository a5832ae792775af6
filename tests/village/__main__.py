"""`./dev sim`: the village simulator. Progress goes to stderr, one line of JSON to stdout."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from typing import Any

import click

from tests.village.crew import PROVEN, ROOT, Proven, run_seeds
from tests.village.mutants import MUTANTS
from tests.village.verdict import Verdict
from tests.village.village import Size

FULL = Size()
SHORT_RUN, LONG_RUN = (1, 10), (1, 200)
NOT_RUN, PASSED, FAILED = "not run", "passed", "failed"
FAULT_TESTS = ROOT / "tests" / "faults"
LONG_TESTS = (FAULT_TESTS, ROOT / "tests" / "ledger")
"""What repeats its faults, or draws its examples, many times more in the long run."""


class Seeds(click.ParamType[tuple[int, int]]):
    """`A..B`, or one number."""

    name = "A..B"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        """Both ends, which count."""
        if isinstance(value, tuple):
            return value
        found = re.fullmatch(r"(\d+)(?:\.\.(\d+))?", value)
        if found is None or int(found[2] or found[1]) < int(found[1]):
            self.fail(f"{value!r} は 1..10 のように書いてください / write {value!r} like 1..10", param, ctx)
        return int(found[1]), int(found[2] or found[1])


@click.command()
@click.option("--seeds", type=Seeds(), help="シードの範囲(既定は1..10、--longでは1..200) / which seeds")
@click.option(
    "--long",
    "is_long",
    is_flag=True,
    help="長い検査。障害試験も長く行い、済んだシードは飛ばす / the long run: with the long fault tests; "
    "seeds that have passed with this code are skipped",
)
@click.option("--json", "as_json", is_flag=True, help="結果を1行のJSONで / the result as one line of JSON")
@click.option(
    "--buses", type=click.IntRange(1, 200), default=FULL.buses, show_default=True, help="バスの台数"
)
@click.option("--days", type=click.IntRange(1, 60), default=FULL.days, show_default=True, help="日数")
@click.option(
    "--plant",
    type=click.Choice([name for name in MUTANTS if name]),
    default=None,
    help="わざと欠陥を入れる(見つかるはず) / plant a bug, to see that it is found",
)
def main(
    *, seeds: tuple[int, int] | None, is_long: bool, as_json: bool, buses: int, days: int, plant: str | None
) -> None:
    """村のシミュレーター / The village simulator.

    バス・通信・センターを仮想の時計で動かし、あらゆる障害のもとで不変条件I1〜I8を確かめます。違反があれば終了コード1。
    Buses, broker and central on a virtual clock under every fault; exit 1 if an invariant (I1 to I8) is violated.
    """
    begun = time.monotonic()
    size = Size(buses, days)
    first, last = seeds or (LONG_RUN if is_long else SHORT_RUN)
    proven = Proven(PROVEN, size) if is_long and plant is None else None
    skipped = [seed for seed in range(first, last + 1) if proven and seed in proven.passed]
    if skipped:
        _say(
            f"このコードで済んだシードを {len(skipped)} 個飛ばします / "
            f"{len(skipped)} seeds have passed with this code and are skipped"
        )
    verdicts = [proven.passed[seed] for seed in skipped] if proven else []
    simulated = 0
    for verdict in run_seeds(sorted(set(range(first, last + 1)) - set(skipped)), size, plant or ""):
        verdicts.append(verdict)
        simulated += verdict.bus_days
        _tell(verdict, size, plant)
        if proven:
            proven.add(verdict)
    a_minute = round(60 * simulated / (time.monotonic() - begun))
    fault_tests = _run_fault_tests() if is_long else NOT_RUN
    result = _result(verdicts, time.monotonic() - begun) | {
        "bus_days_a_minute": a_minute,
        "skipped": len(skipped),
        "fault_tests": fault_tests,
    }
    if as_json:
        click.echo(json.dumps(result))
    _sum_up(result)
    sys.exit(1 if result["violations"] or fault_tests == FAILED else 0)


def _result(verdicts: list[Verdict], seconds: float) -> dict[str, Any]:
    failed = sorted(verdict.seed for verdict in verdicts if verdict.violation)
    return {
        "seeds": len(verdicts),
        "bus_days": sum(verdict.bus_days for verdict in verdicts),
        "records": sum(verdict.records for verdict in verdicts),
        "violations": len(failed),
        "first_failing_seed": failed[0] if failed else None,
        "seconds": round(seconds, 1),
    }


def replay_line(seed: int, size: Size, plant: str | None = None) -> str:
    """The command that runs this seed again, step for step."""
    words = ["./dev sim", f"--seeds {seed}..{seed}"]
    if size.buses != FULL.buses:
        words.append(f"--buses {size.buses}")
    if size.days != FULL.days:
        words.append(f"--days {size.days}")
    if plant:
        words.append(f"--plant {plant}")
    return " ".join(words)


def _tell(verdict: Verdict, size: Size, plant: str | None) -> None:
    if verdict.violation is None:
        counted = verdict.tally
        _say(
            f"seed {verdict.seed}: {verdict.bus_days} bus-days, {verdict.records} records, "
            f"{counted.get('greens', 0)} green, {counted.get('power-cuts', 0)} power cuts, "
            f"{counted.get('restores', 0)} restores, {counted.get('old-cards', 0)} old cards, "
            f"drained in {counted.get('drained-s', 0)} s"
        )
        return
    _say(f"seed {verdict.seed}, step {verdict.steps}: {verdict.violation}")
    _say(f"  直前 / just before: {verdict.moment}")
    _say(f"  再現 / replay: {replay_line(verdict.seed, size, plant)}")


def _run_fault_tests() -> str:
    """The fault tests and the ledger's with their long numbers; what they print goes to stderr."""
    if not any(FAULT_TESTS.glob("test_*.py")):
        _say("障害試験がありません / there are no fault tests here")
        return NOT_RUN
    _say("障害試験と元帳の試験(長) / the fault tests and the ledger's, long …")
    command = [sys.executable, "-m", "pytest", "-q", "-s", "--timeout=0", *map(str, LONG_TESTS)]
    environment = {**os.environ, "YUKEMURI_LONG": "1"}
    ended = subprocess.run(command, cwd=ROOT, env=environment, stdout=sys.stderr, check=False)
    return FAILED if ended.returncode else PASSED


def _sum_up(result: dict[str, Any]) -> None:
    word = "違反なし / no violation" if not result["violations"] else "違反あり / VIOLATED"
    _say(
        f"{word}: {result['seeds']} seeds, {result['bus_days']} bus-days, {result['records']} records, "
        f"{result['violations']} violations, {result['seconds']} s, {result['bus_days_a_minute']} bus-days a minute"
    )


def _say(text: str) -> None:
    click.echo(text, err=True)


if __name__ == "__main__":
    main()
