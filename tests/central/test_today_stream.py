"""The stream of news that keeps pages live: what it tells, how often, and to how many."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from central.database.transaction import Changes
from central.today import live
from central.today.live import MAX_STREAMS, Streams
from tests.central.today_village import app_of, found


def stream_of() -> tuple[Streams, Changes]:
    changes = Changes()
    return Streams(changes), changes


def test_a_stream_begins_with_where_things_stand() -> None:
    streams, _ = stream_of()
    first = next(streams.tell(lambda: 41))
    assert first == 'retry: 1000\nevent: change\ndata: {"record": 41}\n\n'


def test_a_commit_is_told_and_quiet_is_a_heartbeat(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "HEARTBEAT_S", 0.01)
    monkeypatch.setattr(live, "LEAST_GAP_S", 0.0)
    streams, changes = stream_of()
    news = streams.tell(lambda: 7)
    next(news)
    assert next(news) == "event: beat\ndata: \n\n"
    changes.bump()
    assert json.loads(next(news).partition("data: ")[2]) == {"record": 7}
    assert next(news).startswith("event: beat")


def test_a_commit_between_reading_and_telling_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "HEARTBEAT_S", 0.01)
    monkeypatch.setattr(live, "LEAST_GAP_S", 0.0)
    streams, changes = stream_of()

    def read() -> int:
        # A commit lands while the first answer is on its way.
        if changes.version == 0:
            changes.bump()
        return changes.version

    news = streams.tell(read)
    next(news)
    assert next(news).startswith("event: change")


def test_many_commits_at_once_are_one_event(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "HEARTBEAT_S", 0.01)
    monkeypatch.setattr(live, "LEAST_GAP_S", 0.0)
    streams, changes = stream_of()
    news = streams.tell(lambda: 0)
    next(news)
    for _ in range(50):
        changes.bump()
    assert next(news).startswith("event: change")
    assert next(news).startswith("event: beat")


def test_a_stream_ends_in_time_and_when_the_server_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "HEARTBEAT_S", 0.001)
    monkeypatch.setattr(live, "BEATS", 5)
    streams, _ = stream_of()
    assert len(list(streams.tell(lambda: 0))) == 6
    open_one = streams.tell(lambda: 0)
    next(open_one)
    streams.close()
    assert list(open_one) == []
    assert not streams.take()


def test_a_stream_that_has_just_begun_ends_with_the_server_too(monkeypatch: pytest.MonkeyPatch) -> None:
    # It held the server for a whole heartbeat: the last bump had been read as where things stand.
    streams, changes = stream_of()
    monkeypatch.setattr(changes, "wait", lambda *_: pytest.fail("it waits for a bump that has been"))
    assert streams.take()
    streams.close()
    assert len(list(streams.tell(lambda: 0))) == 1


def test_a_stream_ends_with_the_server_while_it_gathers_commits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "HEARTBEAT_S", 0.01)
    streams, changes = stream_of()

    def read() -> int:
        if changes.version == 0:
            changes.bump()
        return 0

    news = streams.tell(read)
    next(news)
    with ThreadPoolExecutor(1) as other:
        rest = other.submit(list, news)
        changes.wait(1, 0.1)
        streams.close()
        assert rest.result() == []


def test_one_stream_too_many_is_told_to_poll_and_gets_a_place_when_one_is_free(tmp_path: Path) -> None:
    with found(tmp_path) as village:
        client = app_of(village).test_client()
        held = [client.get("/today/events", buffered=False) for _ in range(MAX_STREAMS)]
        assert {answer.status_code for answer in held} == {200}
        refused_one = client.get("/today/events")
        assert refused_one.status_code == 503
        assert "5秒ごとに" in refused_one.get_data(as_text=True)
        held.pop().close()
        with client.get("/today/events", buffered=False) as again:
            assert again.status_code == 200
        for answer in held:
            answer.close()
