"""`yukemuri-terminal nmea`: its lines are what others may script against."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner, Result

from hil.virtual.receiver import framed
from terminal.main import cli

RMC = "GNRMC,{clock},{status},3834.12345,N,14011.54321,E,10.0,181.0,{day},,,{mode}"
GGA = "GNGGA,{clock},3834.12345,N,14011.54321,E,1,09,0.9,400.0,M,38.0,M,,"


def moment(clock: str, *, day: str = "070407", valid: bool = True) -> bytes:
    status, mode = ("A", "A") if valid else ("V", "N")
    return framed(RMC.format(clock=clock, status=status, mode=mode, day=day)) + framed(
        GGA.format(clock=clock)
    )


def nmea(*arguments: object) -> Result:
    return CliRunner().invoke(cli, ["nmea", *map(str, arguments)])


def test_one_line_per_fix_in_order_and_a_summary_of_what_was_refused(tmp_path: Path) -> None:
    log = tmp_path / "run.log"
    broken = moment("101534.00").replace(b"3834", b"3835")
    parts = [
        b"\xb5\x62binary",
        moment("101530.00"),
        moment("101531.00", valid=False),
        moment("101532.50"),
        broken,
        moment("101535.00", day=""),
        moment("101535.00"),
    ]
    log.write_bytes(b"".join(parts) + moment("101536.00")[:20])
    result = nmea(log, "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    *fixes, last = [json.loads(line) for line in result.stdout.splitlines()]
    assert fixes[0] == {
        "time": "2007-04-07T10:15:30.000Z",
        "lat": 38.568724167,
        "lon": 140.192386833,
        "speed_mps": 5.144,
        "hdop": 0.9,
        "sats": 9,
    }
    # The third gives no date of its own; what was known before carries on.
    assert [fix["time"][11:] for fix in fixes] == ["10:15:30.000Z", "10:15:32.500Z", "10:15:35.000Z"]
    refused = {why: count for why, count in last["summary"]["refused"].items() if count}
    assert refused == {"checksum": 2, "void": 1, "repeated": 1}
    assert (last["summary"]["fixes"], last["summary"]["sentences"]) == (3, 12)
    assert last["summary"]["bytes_outside_sentences"] == 8 + 12 * 2 + 20


def test_a_time_without_a_date_is_null(tmp_path: Path) -> None:
    (tmp_path / "run.log").write_bytes(moment("101530.00", day=""))
    assert json.loads(nmea(tmp_path / "run.log", "--json").stdout.splitlines()[0])["time"] is None


def test_any_file_at_all_is_read_to_its_end(tmp_path: Path) -> None:
    for content in (b"", bytes(range(256)) * 1_000, b"$" * 10_000, b"$GPRMC," + b"," * 5_000):
        (tmp_path / "any").write_bytes(content)
        result = nmea(tmp_path / "any", "--json")
        assert result.exit_code == 0
        (line,) = result.stdout.splitlines()
        assert json.loads(line)["summary"]["fixes"] == 0


def test_for_people_it_is_a_line_per_fix_and_one_of_figures(tmp_path: Path) -> None:
    (tmp_path / "run.log").write_bytes(moment("101530.00") + moment("101531.00", valid=False))
    fix, figures = nmea(tmp_path / "run.log").stdout.splitlines()
    assert fix.split() == ["2007-04-07T10:15:30.000Z", "38.568724", "140.192387"]
    assert "void 1" in figures


def test_a_log_that_is_not_there_is_said_in_one_sentence(tmp_path: Path) -> None:
    result = nmea(tmp_path / "none.log", "--json")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "cannot be read" in result.stderr and len(result.stderr.splitlines()) == 1
