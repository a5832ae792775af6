"""The benchmarks' own promises: what they say, how they judge, and that nothing is measured which did not happen."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from click.testing import Result as Ran
from rich.cells import cell_len

from tests.bench import __main__ as cli
from tests.bench import tap
from tests.bench.bus import BenchBus
from tests.bench.machine import Machine, NoRealDisk, NotMeasured, file_system, make_on_disk
from tests.bench.readme import NoMarkers, write_figures
from tests.bench.result import Bound, Check, Result, markdown_table, percentile
from tests.bench.riding import Riding, bench_line
from tests.bench.tap import Sample
from tests.ride.builders import Office

MACHINE = Machine("a processor", 2, "an OS", "3.11", "3.40", "ext4 (sda)")
README = "# Yukemuri\n\n<!-- bench tap -->\nold\n<!-- /bench tap -->\n\nThe end.\n"
FEW = 3


def sample(tap_ms: float, bare: float) -> Sample:
    return Sample(tap=tap_ms, seen=1.0, decode=0.5, decide=1.0, commit=1.0, signal=0.1, bare=bare)


def some(*, ratio: float = 0.5) -> Result:
    checks = {"speed": Check(ratio, 0.25, Bound.AT_LEAST)}
    return Result(
        "tap", {"a_ms": 1.23456}, {"b_ms": 2.0}, checks, MACHINE, 7, (("", "ms"), ("速さ / speed", "1"))
    )


@pytest.fixture
def disk() -> Iterator[Path]:
    """A folder on the disk of the checkout: the system's temporary one is often in memory."""
    try:
        make_on_disk(cli.DATA)
    except NoRealDisk as reason:
        pytest.skip(str(reason))
    with tempfile.TemporaryDirectory(dir=cli.DATA) as folder:
        yield Path(folder)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tap, "WARM_UP", 1)
    monkeypatch.setattr(tap, "AT_ONCE", 2)


@pytest.fixture
def readme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "README.md"
    path.write_text(README, encoding="utf-8")
    monkeypatch.setattr(cli, "README", path)
    return path


def run(monkeypatch: pytest.MonkeyPatch, found: Result, *arguments: str) -> Ran:
    monkeypatch.setitem(cli.BENCHMARKS, "tap", cli.Benchmark("words", lambda *_: found, 7))
    return CliRunner().invoke(cli.main, ["tap", *arguments])


@pytest.mark.usefixtures("few")
def test_a_short_run_says_all_that_scripts_rely_on(disk: Path) -> None:
    heard: list[int] = []
    document = json.loads(tap.measure(disk, FEW, heard.append).to_json())
    assert {"name", "metrics", "limits", "ratios", "targets", "ok", "machine", "runs"} <= document.keys()
    assert (document["name"], document["runs"], heard) == ("tap", FEW, [1, 2, 3])
    assert document["ratios"].keys() == document["targets"].keys() == document["bounds"].keys()
    assert all(document["metrics"][f"{part}_p50_ms"] > 0 for part in tap.PARTS)
    assert document["limits"]["bare_commit_p50_ms"] > 0
    assert document["machine"].keys() == {"cpu", "cores", "os", "python", "sqlite", "disk"}
    assert list(disk.iterdir()) == []


@pytest.mark.usefixtures("few")
def test_the_parts_of_a_tap_add_up_to_it(disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[Sample] = []
    whole = tap.result

    def keep(samples: list[Sample], redrawn: int, data: Path) -> Result:
        kept.extend(samples)
        return whole(samples, redrawn, data)

    monkeypatch.setattr(tap, "result", keep)
    tap.measure(disk, FEW, lambda _: None)
    assert len(kept) == FEW
    for one in kept:
        assert one.seen + one.decide + one.commit + one.signal == pytest.approx(one.tap)
        assert min(one.seen, one.decide, one.commit, one.signal, one.bare) > 0


def test_a_tap_that_is_answered_red_is_not_measured(disk: Path, tmp_path: Path) -> None:
    edition = bench_line()
    strangers = Riding(Office(), edition)
    bare = tap.BareFile(disk)
    with (
        BenchBus(disk / "bus", tmp_path / "camera", Office().word(), edition) as bus,
        pytest.raises(NotMeasured, match=r"answered red.*bad-signature"),
    ):
        next(tap._taps(bus, bare, strangers.shows(bus, 1)))
    bare.close()
    assert tap.green_records(disk / "bus") == 0


@pytest.mark.usefixtures("few")
def test_taps_that_are_not_in_the_journal_are_not_measured(
    disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tap, "green_records", lambda _: FEW)
    with pytest.raises(NotMeasured, match="in the journal"):
        tap.measure(disk, FEW, lambda _: None)


def test_the_targets_are_those_of_the_surface(tmp_path: Path) -> None:
    # 100 of each: the median is the 50th, the 99th percentile the 99th.
    reached = [sample(6.0, 1.0)] * 98 + [sample(14.0, 2.0)] * 2
    assert tap.result(reached, 0, tmp_path).ok
    for missed in (
        [sample(6.1, 1.0)] * 98 + [sample(14.0, 2.0)] * 2,
        [sample(6.0, 1.0)] * 98 + [sample(14.1, 2.0)] * 2,
    ):
        found = tap.result(missed, 0, tmp_path)
        assert not found.ok
        assert json.loads(found.to_json())["ok"] is False
        assert "目標に届かず / targets missed" in found.to_markdown("2026-09-21")
    limits = tap.result(reached, 0, tmp_path).limits
    assert (limits["allowed_p50_ms"], limits["allowed_p99_ms"]) == (6.0, 14.0)


@pytest.mark.parametrize(
    ("bound", "below", "above"), [(Bound.AT_MOST, True, False), (Bound.AT_LEAST, False, True)]
)
def test_a_target_has_a_side(bound: Bound, below: bool, above: bool) -> None:
    assert [Check(ratio, 1.0, bound).held for ratio in (0.9, 1.0, 1.1)] == [below, True, above]


def test_a_percentile_is_a_sample() -> None:
    assert [percentile(range(1, 101), share) for share in (0.5, 0.99, 1.0)] == [50, 99, 100]
    assert [percentile([7.0], share) for share in (0.01, 0.5, 0.99)] == [7.0, 7.0, 7.0]
    assert percentile([3, 1, 2], 0.5) == 2
    with pytest.raises(ValueError, match="at least one"):
        percentile([], 0.5)


def test_the_columns_of_a_table_line_up_whatever_the_script() -> None:
    lines = markdown_table((("計測", "ms"), ("a", "1.00"), ("長い名前", "10.00"))).splitlines()
    assert len({cell_len(line) for line in lines}) == 1
    assert lines[1].startswith("|---")
    assert lines[1].endswith(":|")


def test_json_is_one_line_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    ran = run(monkeypatch, some(), "--json")
    assert ran.exit_code == 0
    assert ran.stdout.count("\n") == 1
    assert json.loads(ran.stdout)["metrics"] == {"a_ms": 1.235}


@pytest.mark.parametrize(("ratio", "code"), [(0.25, 0), (0.24, 1)])
@pytest.mark.parametrize("arguments", [(), ("--json",)])
def test_the_exit_code_says_whether_the_targets_are_reached(
    ratio: float, code: int, arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(monkeypatch, some(ratio=ratio), *arguments).exit_code == code


def test_the_table_is_for_people(monkeypatch: pytest.MonkeyPatch) -> None:
    ran = run(monkeypatch, some())
    assert "| 速さ / speed |" in ran.stdout
    assert "7 回 / runs" in ran.stdout
    assert "a processor, 2 cores" in ran.stdout


def test_the_readme_gets_what_is_printed(readme: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(2):
        ran = run(monkeypatch, some(), "--write-readme")
        assert ran.exit_code == 0
        figures = ran.stdout.strip()
        assert readme.read_text(encoding="utf-8") == README.replace("old", figures)


def test_the_readme_is_asked_before_anything_is_measured(
    readme: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object) -> Result:
        raise AssertionError("measured")

    readme.write_text("# Yukemuri\n", encoding="utf-8")
    monkeypatch.setitem(cli.BENCHMARKS, "tap", cli.Benchmark("words", never, 7))
    ran = CliRunner().invoke(cli.main, ["tap", "--write-readme"])
    assert (ran.exit_code, ran.stdout) == (1, "")
    assert "<!-- bench tap -->" in ran.stderr


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<!-- bench tap -->",
        "<!-- /bench tap --><!-- bench tap -->",
        README * 2,
        README.replace("tap", "scan"),
    ],
)
def test_a_readme_without_one_pair_of_markers_is_left_alone(text: str, readme: Path) -> None:
    readme.write_text(text, encoding="utf-8")
    with pytest.raises(NoMarkers, match=r"README\.md"):
        write_figures(readme, "tap", "new")
    assert readme.read_text(encoding="utf-8") == text


def test_an_unknown_name_is_wrong_usage() -> None:
    ran = CliRunner().invoke(cli.main, ["nonsense"])
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert "計測「nonsense」はありません" in ran.stderr
    assert "tap" in ran.stderr


@pytest.mark.parametrize("arguments", [[], ["tap", "--runs", "0"], ["tap", "--nonsense"], ["tap", "scan"]])
def test_wrong_usage_exits_with_2(arguments: list[str]) -> None:
    assert CliRunner().invoke(cli.main, arguments).exit_code == 2


def test_help_lists_every_benchmark() -> None:
    helped = CliRunner().invoke(cli.main, ["--help"])
    assert helped.exit_code == 0
    assert all(f"    {name} " in helped.stdout for name in cli.BENCHMARKS)


@pytest.mark.parametrize("reason", [NotMeasured("broken"), NoRealDisk("broken")])
def test_what_cannot_be_measured_is_said_and_exits_with_1(
    reason: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> Result:
        raise reason

    monkeypatch.setitem(cli.BENCHMARKS, "tap", cli.Benchmark("words", fails, 7))
    ran = CliRunner().invoke(cli.main, ["tap", "--json"])
    assert (ran.exit_code, ran.stdout, ran.stderr.strip()) == (1, "", "broken")


MOUNTS = """\
22 1 254:0 / / rw,relatime - ext4 /dev/vda rw
23 22 0:21 / /dev/shm rw,nosuid - tmpfs tmpfs rw
24 22 254:1 / /mnt/my\\040disk rw shared:3 - btrfs /dev/sda1 rw
25 22 0:33 / /dev/shm/deep rw - xfs /dev/sdb rw
26 22 0:34 / /dev/shm/deep rw - ramfs none rw
"""


@pytest.mark.parametrize(
    ("folder", "kind", "device"),
    [
        ("/srv/data", "ext4", "/dev/vda"),
        ("/dev/shm", "tmpfs", "tmpfs"),
        ("/dev/shm/bench", "tmpfs", "tmpfs"),
        ("/dev/shmother", "ext4", "/dev/vda"),
        ("/mnt/my disk/data", "btrfs", "/dev/sda1"),
        ("/dev/shm/deep/x", "ramfs", "none"),
    ],
)
def test_a_folder_lies_on_the_innermost_and_last_mount(folder: str, kind: str, device: str) -> None:
    assert file_system(MOUNTS, Path(folder)) == (kind, device)


def test_a_disk_in_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = Path("/dev/shm")
    if not memory.is_dir() or file_system(Path("/proc/self/mountinfo").read_text(), memory)[0] != "tmpfs":
        pytest.skip("no memory file system at /dev/shm")
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        ran = CliRunner().invoke(cli.main, ["tap", "--runs", "1", "--data", folder])
    assert (ran.exit_code, ran.stdout) == (1, "")
    assert "--data で本物のディスク上のフォルダ" in ran.stderr


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ran = CliRunner().invoke(cli.main, ["tap", "--data", str(tmp_path / "file" / "below")])
    assert (ran.exit_code, ran.stdout) == (1, "")
    assert "--data で書き込めるフォルダ" in ran.stderr
