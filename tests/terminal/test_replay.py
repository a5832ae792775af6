"""`yukemuri-terminal replay`: a trip of two tables, decided again by the bus's own program."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from tests.network.feeds import feed, zipped
from tests.terminal.test_commands import invoke, the_refusal

SEVEN = 7 * 3600
AT = {"p1": (38.70, 140.20), "p2": (38.69, 140.21), "p3": (38.68, 140.22)}
FIXES = "t,lat,lon,speed_mps,hdop\n"


def stand(stop: str, begin: int, end: int) -> str:
    """A fix a second at a stop."""
    lat, lon = AT[stop]
    return "".join(f"{SEVEN + t},{lat},{lon},0,1\n" for t in range(begin, end))


WAY = FIXES + stand("p1", -20, 0) + stand("p2", 300, 360) + stand("p3", 600, 640)
TAPS = (
    f"t,pass,class\n{SEVEN - 5},Sato,\n{SEVEN - 3},Ito,child\n{SEVEN + 310},Ito,child\n{SEVEN + 610},Sato,\n"
)


class Recorded:
    """A recording on the disk."""

    def __init__(self, folder: Path) -> None:
        self.network, self.fixes, self.taps = folder / "feed.zip", folder / "fixes.csv", folder / "taps.csv"
        self.network.write_bytes(zipped(feed()))
        self.fixes.write_text(WAY, encoding="utf-8")
        self.taps.write_text(TAPS, encoding="utf-8")

    def arguments(self, day: str = "2026-10-05", trip: str = "t1") -> tuple[object, ...]:
        files = ("--network", self.network, "--fixes", self.fixes, "--taps", self.taps)
        return ("replay", *files, "--date", day, "--trip", trip)

    def replay(self, *more: str, day: str = "2026-10-05", trip: str = "t1") -> Result:
        return invoke(*self.arguments(day, trip), *more)

    def lines(self) -> list[dict[str, Any]]:
        result = self.replay("--json")
        assert (result.exit_code, result.stderr) == (0, "")
        return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.fixture
def recorded(tmp_path: Path) -> Recorded:
    return Recorded(tmp_path)


def test_every_tap_is_one_line_with_its_stop_and_its_fare(recorded: Recorded) -> None:
    lines = recorded.lines()
    assert [(line["pass"], line["event"], line["stop_id"], line["fare"]) for line in lines] == [
        ("Sato", "board", "p1", None),
        ("Ito", "board", "p1", None),
        ("Ito", "alight", "p2", 80),
        ("Sato", "alight", "p3", 300),
    ]
    assert [line["t"] for line in lines] == [SEVEN - 5, SEVEN - 3, SEVEN + 310, SEVEN + 610]
    for line in lines:
        assert (line["final_stop_id"], line["final_fare"]) == (line["stop_id"], line["fare"])
        assert line["asked_driver"] is False
        assert 0 < line["confidence"] <= 1


def test_the_same_recording_gives_the_same_lines(recorded: Recorded) -> None:
    assert recorded.lines() == recorded.lines()


def test_a_tap_between_stops_is_a_guess_under_reserve_and_says_why(recorded: Recorded) -> None:
    recorded.taps.write_text(f"t,pass,class\n{SEVEN + 200},Sato,adult\n", encoding="utf-8")
    (line,) = recorded.lines()
    assert (line["event"], line["asked_driver"], line["fare"]) == ("board", True, None)
    assert line["stop_id"] in ("p1", "p2")
    assert line["confidence"] < 1
    assert "GPSなし201秒" in line["reason"]


def drive(start: str, end: str, begin: int, seconds: int, *, columns: str = ",8,1\n") -> str:
    """A fix a second from one stop to the next."""
    (lat, lon), (to_lat, to_lon) = AT[start], AT[end]
    return "".join(
        f"{SEVEN + begin + second},{lat + (to_lat - lat) * second / seconds:.6f},"
        f"{lon + (to_lon - lon) * second / seconds:.6f}{columns}"
        for second in range(seconds)
    )


def test_what_later_fixes_settle_is_in_the_final_columns_and_in_words(recorded: Recorded) -> None:
    # Without a fix for nine minutes the bus is taken to be near the terminal; it has only come to the stop before.
    door = "t,lat,lon,speed_mps,hdop,door\n"
    stands = f"{SEVEN + 530},,,,,1\n{SEVEN + 550},,,,,0\n"
    ride = drive("p2", "p3", 551, 200, columns=",8,1,0\n")
    recorded.fixes.write_text(
        door
        + stand("p1", -20, 0).replace(",0,1\n", ",0,1,0\n")
        + f"{SEVEN - 10},,,,,1\n{SEVEN},,,,,0\n"
        + stands
        + ride
        + f"{SEVEN + 760},,,,,1\n",
        encoding="utf-8",
    )
    recorded.taps.write_text(
        f"t,pass,class\n{SEVEN - 5},Sato,\n{SEVEN + 540},Sato,\n{SEVEN + 545},Ito,\n{SEVEN + 765},Ito,\n",
        encoding="utf-8",
    )
    sato, alights, ito, leaves = recorded.lines()
    assert (sato["final_stop_id"], alights["stop_id"], alights["fare"]) == ("p1", "p3", 300)
    assert (alights["final_stop_id"], alights["final_fare"], alights["asked_driver"]) == ("p2", 150, True)
    assert (ito["event"], ito["stop_id"]) == ("board", "p2"), (
        "who boards can be anywhere but where the trip ends"
    )
    assert (leaves["event"], leaves["fare"], leaves["final_fare"]) == ("alight", 300, 300)
    said = recorded.replay().stdout
    assert "後の位置から確定 settled by what was seen later  清水" in said


def test_the_odometer_carries_the_bus_through_a_gap(recorded: Recorded) -> None:
    metres = [f"{SEVEN + second},,,,,0,{50_000 + 2 * second}\n" for second in range(1, 700)]
    fixes = "t,lat,lon,speed_mps,hdop,door,odometer_m\n" + stand("p1", -20, 0).replace(
        ",0,1\n", ",0,1,0,50000\n"
    )
    recorded.fixes.write_text(
        fixes + f"{SEVEN - 10},,,,,1,\n{SEVEN},,,,,0,\n" + "".join(metres) + f"{SEVEN + 700},,,,,1,\n",
        encoding="utf-8",
    )
    recorded.taps.write_text(f"t,pass,class\n{SEVEN - 5},Sato,\n{SEVEN + 705},Sato,\n", encoding="utf-8")
    _, alight = recorded.lines()
    assert (alight["stop_id"], alight["asked_driver"]) == ("p2", False)


def test_a_code_held_up_twice_in_a_moment_is_a_line_of_its_own(recorded: Recorded) -> None:
    recorded.taps.write_text(f"t,pass\n{SEVEN - 5},Sato\n{SEVEN - 4},Sato\n", encoding="utf-8")
    assert [line["event"] for line in recorded.lines()] == ["board", "refused"]


def test_a_folder_is_a_feed_too(recorded: Recorded, tmp_path: Path) -> None:
    before = recorded.lines()
    recorded.network = tmp_path / "feed"
    recorded.network.mkdir()
    for name, content in feed().items():
        (recorded.network / name).write_bytes(content)
    assert recorded.lines() == before


def test_a_trip_past_midnight_counts_its_seconds_on(recorded: Recorded) -> None:
    late = 24 * 3600 + 50 * 60
    recorded.fixes.write_text(
        FIXES
        + stand("p1", late - SEVEN - 20, late - SEVEN)
        + stand("p2", late - SEVEN + 600, late - SEVEN + 620),
        encoding="utf-8",
    )
    recorded.taps.write_text(f"t,pass\n{late - 5},Sato\n{late + 610},Sato\n", encoding="utf-8")
    result = recorded.replay("--json", trip="t2")
    assert [json.loads(line)["fare"] for line in result.stdout.splitlines()] == [None, 200]


def test_in_words_a_person_can_follow_the_trip_line_by_line(recorded: Recorded) -> None:
    recorded.taps.write_text(TAPS + f"{SEVEN + 620},Mori,\n", encoding="utf-8")
    result = recorded.replay()
    said = result.stdout
    assert result.exit_code == 0
    stops = ("役場前", "清水", "温泉口")
    for piece in ("06:59:55", "乗車 board", "降車 alight", "80円", "300円", "お断り refused", *stops):
        assert piece in said
    assert said.index("清水    停留所（GPS）") < said.index("80円") < said.index("温泉口    停留所（GPS）")


def test_who_forgets_to_alight_is_closed_with_the_trip_in_words(recorded: Recorded) -> None:
    recorded.taps.write_text(f"t,pass\n{SEVEN - 5},Sato\n", encoding="utf-8")
    assert "left open  温泉口  300円" in recorded.replay().stdout


def test_a_day_on_which_the_trip_does_not_run_is_a_warning(recorded: Recorded) -> None:
    result = recorded.replay("--json", day="2027-01-01")
    assert result.exit_code == 0
    assert "t1 does not run on 2027-01-01" in result.stderr
    assert len(result.stdout.splitlines()) == 4


def test_an_empty_recording_is_an_empty_answer(recorded: Recorded) -> None:
    recorded.fixes.write_text(FIXES, encoding="utf-8")
    recorded.taps.write_text("t,pass\n", encoding="utf-8")
    assert recorded.lines() == []


@pytest.mark.parametrize(
    ("table", "text", "sentence"),
    [
        ("fixes", "t,lat\n", "fixes.csv:1: 列がありません: lon, speed_mps, hdop"),
        ("fixes", FIXES + "x,38,140,0,1\n", "t 'x' is no number"),
        ("fixes", FIXES + "-1,38,140,0,1\n", "is not seconds after midnight"),
        ("fixes", FIXES + "1,38,,0,1\n", "give both or neither"),
        ("fixes", FIXES + "1,98,140,0,1\n", "is no position"),
        ("fixes", FIXES + "1,nan,140,0,1\n", "lat 'nan' is no number"),
        ("fixes", "t,lat,lon,speed_mps,hdop,door\n1,38,140,0,1,open\n", "must be 0 or 1"),
        ("taps", "t,pass,class\n1,Sato,dog\n", "is unknown (adult, child"),
        ("taps", "t,pass\n1,\n", "pass '' is missing"),
        ("taps", "\ud83d", "cannot be read"),
    ],
)
def test_a_table_that_cannot_be_read_is_refused_with_its_line(
    recorded: Recorded, table: str, text: str, sentence: str
) -> None:
    getattr(recorded, table).write_bytes(text.encode("utf-8", "surrogatepass"))
    result = recorded.replay("--json")
    assert (result.exit_code, result.stdout) == (1, "")
    assert sentence in result.stderr
    assert "Traceback" not in result.stderr


def test_a_feed_that_may_not_be_read_is_refused_with_its_name(recorded: Recorded, tmp_path: Path) -> None:
    # A file that is there and that nobody, not even root, can read from its beginning.
    unreadable = Path("/proc/self/mem")
    recorded.network = unreadable
    sentence = "cannot be read (Input/output error); check its permissions"
    assert sentence in the_refusal(*recorded.arguments())
    recorded.network = tmp_path / "feed"
    recorded.network.mkdir()
    (recorded.network / "stops.txt").symlink_to(unreadable)
    assert sentence in the_refusal(*recorded.arguments())


def test_what_is_missing_or_does_not_go_together_is_wrong_usage(recorded: Recorded, tmp_path: Path) -> None:
    alone = invoke("replay", "--date", "2026-10-05", "--taps", recorded.taps)
    assert alone.exit_code == 2
    assert "--network、--trip、--fixes is missing" in alone.stderr
    for option, value in (("--network", recorded.network), ("--trip", "t1"), ("--taps", recorded.taps)):
        both = invoke("replay", "--journal", tmp_path / "journal.db", option, value)
        assert (both.exit_code, both.stdout) == (2, "")
        assert f"--journal cannot be used together with {option}" in both.stderr


def test_an_unknown_trip_and_a_feed_that_is_none_are_refused(recorded: Recorded) -> None:
    assert "there is no trip t9" in recorded.replay(trip="t9").stderr
    recorded.network.write_bytes(b"no zip")
    result = recorded.replay()
    assert result.exit_code == 1
    assert " / " in result.stderr
