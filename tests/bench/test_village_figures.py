"""What the benches of the whole village promise: all that passes is counted, and the worst run decides."""

from __future__ import annotations

import os
import socket
import threading
import time
from pathlib import Path

import pytest

from rules.messages.topics import Channel
from tests.bench import memory, restore, start, wire
from tests.bench.memory import Watch
from tests.bench.wire_road import HEADERS, CountedRoad

SIZE = restore.Size(300_000, 400_000_000, 100_000_000, 9_000.0)
DAY = wire.Sample(50_000, 1_600_000, 9, 7, 140, 13.0, {Channel.UP: 280}, {Channel.UP: 200_000})


def test_the_road_counts_the_bytes_of_both_ways_with_every_header() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_echo, args=(server,), daemon=True).start()
        road = CountedRoad(server.getsockname()[1])
        try:
            with socket.create_connection(("127.0.0.1", road.port)) as bus:
                bus.sendall(b"x" * 10_000)
                received = 0
                while received < 10_000:
                    received += len(bus.recv(65_536))
                until = time.monotonic() + 20
                while road.total() < 20_000 and time.monotonic() < until:
                    time.sleep(0.01)
                counted = road.total()
        finally:
            road.close()
    # A handshake, and a segment each way at least.
    assert counted >= 20_000 + 4 * HEADERS
    assert counted <= 20_000 + 60 * HEADERS
    assert road.connections == 1


def test_a_road_that_is_cut_lets_nothing_pass_until_it_is_restored() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_echo, args=(server,), daemon=True).start()
        road = CountedRoad(server.getsockname()[1])
        try:
            road.cut()
            with socket.create_connection(("127.0.0.1", road.port)) as bus:
                assert bus.recv(1) == b""
            road.restore()
            with socket.create_connection(("127.0.0.1", road.port)) as bus:
                bus.sendall(b"x")
                assert bus.recv(1) == b"x"
        finally:
            road.close()


def test_a_month_is_thirty_days_and_a_new_timetable(tmp_path: Path) -> None:
    assert wire.result([DAY], tmp_path).metrics["month_mb"] == pytest.approx(48.05)
    assert wire.result([DAY], tmp_path).ok
    dear = wire.Sample(50_000, 1_700_000, 9, 7, 140, 13.0, {}, {})
    assert not wire.result([dear], tmp_path).ok


def test_what_may_be_lost_is_the_worst_kill_or_the_longest_look_beside_the_whole_copy(tmp_path: Path) -> None:
    runs = [restore.Sample(20.0, 40.0, 4.0), restore.Sample(21.0, 41.0, 6.0)]
    assert restore.result(runs, restore.Copied(60.0, 3.0), SIZE, tmp_path).metrics["window_s"] == 8.0
    assert restore.result(runs, restore.Copied(60.0, 3.0), SIZE, tmp_path).ok
    assert not restore.result(runs, restore.Copied(60.0, 30.0), SIZE, tmp_path).ok
    assert not restore.result(
        [*runs, restore.Sample(20.0, 40.0, 11.0)], restore.Copied(60.0, 3.0), SIZE, tmp_path
    ).ok


def test_the_servers_memory_is_that_of_the_run_that_took_most(tmp_path: Path) -> None:
    most = {"central": 300.0, "broker": 10.0, "backup": 100.0, "verify": 200.0}
    runs = [memory.Sample(most, 500.0, 90, 6_000, 300_000), memory.Sample(most, 1_100.0, 90, 6_000, 300_000)]
    assert memory.result(runs[:1], tmp_path).ok
    assert not memory.result(runs, tmp_path).ok


def test_memory_is_watched_while_a_part_is_there() -> None:
    with Watch() as watch, watch.of("central", os.getpid()):
        until = time.monotonic() + 20
        while not watch.most["central"] and time.monotonic() < until:
            time.sleep(0.05)
    assert watch.most["central"] > 10
    assert watch.together >= watch.most["central"]


def test_the_slowest_start_decides_and_what_was_not_measured_is_listed(tmp_path: Path) -> None:
    result = start.result([start.Sample(3.0, 2.0), start.Sample(50.0, 2.0)], tmp_path)
    assert not result.ok
    assert sum("not measured" in row[1] for row in result.table) == len(start.UNMEASURED)


def _echo(server: socket.socket) -> None:
    while True:
        try:
            near, _ = server.accept()
        except OSError:
            return
        with near:
            while data := near.recv(65_536):
                near.sendall(data)
