"""The village simulator (F25), small enough for every run, and that it finds what it is there to find (F28)."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.tidy.tree import ROOT
from tests.village.__main__ import main, replay_line
from tests.village.crew import Proven, run_seed
from tests.village.model import Holder, Model
from tests.village.mutants import MUTANTS, STORM
from tests.village.verdict import Verdict, Violation
from tests.village.village import Size, run

SMALL = Size(buses=3, days=2)
TINY = Size(buses=3, days=1)
SEEDS = range(1, 41)
"""Among which a planted bug shows: most at once, one in an undo that comes at the wrong moment after many."""
FINDS = {
    "ack-without-commit": {"I7"},
    "no-unique": {"I1", "I2"},
    "wall-clock-order": {"I8"},
    "forgetful-card": {"I5", "I6"},
    "nothing-owed": {"I5"},
    "undo-keeps-cash": {"I5"},
    "forgetful-kiosk": {"I2"},
    "undo-keeps-points": {"I5"},
}
"""Which invariant a planted bug violates."""


@pytest.mark.timeout(300)
def test_every_invariant_holds_under_every_fault() -> None:
    command = [
        sys.executable,
        "-m",
        "tests.village",
        "--seeds",
        "1..10",
        "--buses",
        "3",
        "--days",
        "2",
        "--json",
    ]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=280)
    assert ended.returncode == 0, ended.stderr
    (line,) = ended.stdout.splitlines()
    found = json.loads(line)
    print(f"F25: {found['bus_days']} bus-days, {found['records']} records, {found['violations']} violations")
    assert (found["seeds"], found["bus_days"], found["violations"]) == (10, 60, 0)
    assert found["first_failing_seed"] is None
    assert found["records"] > 10 * 500


def test_weeks_have_all_kinds_of_riders_and_faults() -> None:
    size, storm = (
        Size(buses=4, days=2, trips=4, riders=6),
        replace(STORM, restores=4, wrong_clocks=1, old_cards=2),
    )
    tally = Counter[str]()
    for seed in range(11, 31):
        verdict = run(seed, size, storm)
        assert verdict.violation is None
        tally.update(verdict.tally)
        if all(tally[kind] for kind in KINDS):
            break
    assert [kind for kind in KINDS if not tally[kind]] == []
    assert tally["greens"] > sum(times for lamp, times in tally.items() if lamp.startswith("lamp-")) / 2


KINDS = (
    *(f"lamp-{what}" for what in ("ok", "ok-other", "short", "not-a-pass")),
    *("rides", "forgotten", "yen", "power-cuts", "server-cuts", "restores", "old-cards"),
    *(f"hand-{what}" for what in ("boarded", "alighted", "undone", "yen")),
    *("codes", "taken-back", "claim-given", "claim-pending"),
)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("mutant", FINDS)
def test_a_planted_bug_is_found(mutant: str) -> None:
    for seed in SEEDS:
        violation = run_seed(seed, TINY, mutant).violation
        if violation is not None:
            assert violation.partition(":")[0] in FINDS[mutant], violation
            return
    pytest.fail(f"{mutant} was not found")


def test_every_planted_bug_has_its_test() -> None:
    assert FINDS.keys() == MUTANTS.keys() - {""}


def test_a_seed_takes_the_same_steps_again() -> None:
    first, again = run_seed(3, TINY), run_seed(3, TINY)
    assert first == again
    assert first.digest != run_seed(4, TINY).digest


def test_a_failing_seed_fails_again_at_the_same_step() -> None:
    first, again = (run_seed(1, TINY, "ack-without-commit") for _ in range(2))
    assert first.violation
    assert first == again


def test_a_violation_is_told_with_its_seed_step_and_replay_line() -> None:
    words = ["--seeds", "1..1", "--buses", "3", "--days", "1", "--plant", "ack-without-commit", "--json"]
    ended = CliRunner().invoke(main, words)
    assert ended.exit_code == 1
    found = json.loads(ended.stdout)
    assert (found["seeds"], found["violations"], found["first_failing_seed"]) == (1, 1, 1)
    step = run_seed(1, TINY, "ack-without-commit").steps
    assert f"seed 1, step {step}: I7: " in ended.stderr
    assert "./dev sim --seeds 1..1 --buses 3 --days 1 --plant ack-without-commit" in ended.stderr


def test_the_replay_line_of_a_full_village_is_short() -> None:
    assert replay_line(17, Size()) == "./dev sim --seeds 17..17"


@pytest.mark.parametrize("seeds", ["3..1", "a..b", "", "1..", "-1"])
def test_seeds_that_are_none_are_wrong_usage(seeds: str) -> None:
    ended = CliRunner().invoke(main, ["--seeds", seeds])
    assert ended.exit_code == 2
    assert ended.stdout == ""


def test_seeds_that_have_passed_are_kept_for_this_code_alone(tmp_path: Path) -> None:
    passed, failed = Verdict(1, 2, 3, 4, "d"), Verdict(2, 2, 3, 4, "d", "I1: gone")
    path = tmp_path / "new" / "passed.json"
    for verdict in (passed, failed):
        Proven(path, SMALL).add(verdict)
    assert Proven(path, SMALL).passed == {1: passed}
    assert Proven(path, TINY).passed == {}
    kept = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**kept, "code": "another"}), encoding="utf-8")
    assert Proven(path, SMALL).passed == {}


def _holder(**more: object) -> Holder:
    fields = {
        "pass_id": "p",
        "member": "m",
        "is_card": False,
        "rider_class": "adult",
        "hold": 300,
        "pays_for_all": True,
    }
    return Holder(**{**fields, **more})  # type: ignore[arg-type]


def test_the_model_takes_the_cash_that_the_lamp_asked_for_and_the_rest_from_the_pass() -> None:
    model = Model()
    for stop, cash in ((0, 0), (3, 0), (3, 0), (4, 100)):
        model.green("bus", _holder(), "trip", "day", stop, (0, 0), f"code-{stop}", cash)
    assert [(ride.held, ride.cash) for ride in model.rides()] == [(270, 0), (30, 100)]


def test_the_model_knows_parties_attendants_and_who_forgot_to_alight() -> None:
    model = Model()
    attended = _holder(pays_for_all=False, rider_class="handbook_attended")
    model.green("bus", attended, "t", "d", 0, (1, 1), "a")
    model.green("bus", attended, "t", "d", 1, (0, 0), "b", 200)
    (ride,) = model.rides()
    # Half of 130 yen goes up to 70: holder and attendant from the pass, an adult and a child in cash.
    assert (ride.held, ride.cash) == (140, 200)
    model.green("bus", _holder(pass_id="q"), "t", "d", 2, (0, 0), "c")
    model.trip_ended("bus")
    assert (model.rides()[1].alight, model.rides()[1].held, model.rides()[1].forgotten) == (4, 200, True)


def test_the_model_lets_no_lamp_ask_for_more_than_the_fare_or_less_than_the_party_owes() -> None:
    for cash in (190, 350):
        model = Model()
        holder = _holder(pays_for_all=False, rider_class="handbook_attended")
        model.green("bus", holder, "t", "d", 0, (1, 1), "a")
        with pytest.raises(Violation):
            model.green("bus", holder, "t", "d", 1, (0, 0), "b", cash)


def test_the_model_pays_one_ride_for_a_code_shown_on_two_buses() -> None:
    model = Model()
    for bus in ("bus-002", "bus-001"):
        model.green(bus, _holder(), "t", "d", 0, (0, 0), "same")
        model.green(bus, _holder(), "t", "d", 4, (0, 0), f"other-{bus}", 190)
    assert {(ride.bus, ride.held, ride.cash) for ride in model.rides()} == {
        ("bus-001", 150, 190),
        ("bus-002", 0, 190),
    }
    assert [ride.bus for ride in model.used_again()] == ["bus-002"]
