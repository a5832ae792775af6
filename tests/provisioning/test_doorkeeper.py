"""Who is put out stays out: the list that the broker reads and the sessions, without a broker."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from central.enrolment.authority import DAY_S
from central.enrolment.enrol_unit import revoke_unit
from central.enrolment.keep_out import EVERY_S, Doorkeeper, reload_broker
from tests.provisioning.desk import Desk, Machine, asked, certificate_in, desk

UNIT = "bus-001"
OUT_S = 60
"""A revoked machine's session has ended by then, also where one look came to nothing."""


@dataclass
class Keeper:
    """A doorkeeper whose broker is away while `away`."""

    office: Desk
    away: bool = False
    reloads: int = 0
    ended: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        """The server, for the first time or anew."""
        self.it = Doorkeeper(
            self.office.office.database,
            self.office.authority,
            lambda: self.office.now,
            self._reload,
            self._end,
        )

    def _reload(self) -> None:
        if self.away:
            raise ProcessLookupError
        self.reloads += 1

    def _end(self, unit: str) -> None:
        if self.away:
            raise ConnectionRefusedError
        self.ended.append(unit)

    def enrol(self, machine: Machine) -> None:
        body = machine.request(self.office.code(machine.unit))
        certificate_in(asked(self.office.client, "enrol", body))

    def revoke(self) -> None:
        with self.office.office.database.write() as connection:
            revoke_unit(connection, UNIT, "staff:sato", "lost", self.office.now)

    @property
    def listed(self) -> int:
        found = self.office.authority.read_list()
        assert found is not None
        return len(found.serials)


@pytest.fixture
def keeper(tmp_path: Path) -> Iterator[Keeper]:
    with desk(tmp_path) as office:
        it = Keeper(office)
        it.it.look()
        yield it


def test_a_revoked_machine_is_listed_and_called_off_again_and_again(keeper: Keeper) -> None:
    keeper.enrol(Machine())
    keeper.revoke()
    before = keeper.reloads
    for _ in range(3):
        keeper.it.look()
    assert (keeper.listed, keeper.reloads - before, keeper.ended) == (1, 1, [UNIT] * 3)


def test_the_doorkeeper_looks_often_enough_for_who_must_be_out_within_a_minute() -> None:
    assert 2 * EVERY_S <= OUT_S


def test_a_machine_that_was_replaced_is_called_off_once_and_its_successor_left_alone(keeper: Keeper) -> None:
    keeper.enrol(Machine())
    keeper.enrol(Machine(secret=8))
    for _ in range(3):
        keeper.it.look()
    assert (keeper.listed, keeper.ended) == (1, [UNIT])


def test_the_list_is_made_anew_each_day_and_the_broker_reads_it(keeper: Keeper) -> None:
    before = keeper.reloads
    keeper.office.now += DAY_S - 1
    keeper.it.look()
    assert keeper.reloads == before
    keeper.office.now += 1
    keeper.it.look()
    assert keeper.reloads == before + 1
    found = keeper.office.authority.read_list()
    assert found is not None and found.ends == keeper.office.now + 30 * DAY_S


def test_the_list_is_put_in_the_place_of_the_former_whole(keeper: Keeper, tmp_path: Path) -> None:
    """Whoever is reading the former one reads it to its end."""
    listed, kept = keeper.office.authority.list_file, tmp_path / "former"
    os.link(listed, kept)
    before = kept.read_bytes()
    keeper.office.now += DAY_S
    keeper.it.look()
    assert kept.read_bytes() == before != listed.read_bytes()


def test_what_a_broker_that_was_away_has_not_heard_it_hears_later(keeper: Keeper) -> None:
    keeper.enrol(Machine())
    keeper.enrol(Machine(secret=8))
    before, keeper.away = keeper.reloads, True
    for _ in range(2):
        with pytest.raises(OSError):  # noqa: PT011 - either of the two
            keeper.it.look()
    keeper.away = False
    keeper.it.look()
    assert (keeper.reloads - before, keeper.ended) == (1, [UNIT])


def test_what_a_server_that_ended_had_still_to_do_the_next_one_does(keeper: Keeper) -> None:
    keeper.enrol(Machine())
    keeper.enrol(Machine(secret=8))
    before, keeper.away = keeper.reloads, True
    with pytest.raises(OSError):  # noqa: PT011 - either of the two
        keeper.it.look()
    keeper.start()
    keeper.away = False
    for _ in range(3):
        keeper.it.look()
    assert (keeper.reloads - before, keeper.ended) == (1, [UNIT])


def test_an_old_list_is_an_alarm(keeper: Keeper, caplog: pytest.LogCaptureFixture) -> None:
    keeper.office.now += 15 * DAY_S
    keeper.it.look()
    assert "list of withdrawn certificates" in caplog.text


def test_a_process_that_is_not_the_broker_gets_no_signal(tmp_path: Path) -> None:
    """SIGHUP would end this one."""
    for said in (str(os.getpid()), "no number"):
        (tmp_path / "pid").write_text(said, encoding="ascii")
        with pytest.raises(ProcessLookupError):
            reload_broker(tmp_path / "pid")
