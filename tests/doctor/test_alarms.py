"""Mails about machines: one for a change, after a quiet time, never a flood, and nothing personal in them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from central.access.members.mailbox import NotSent, SmtpMailbox
from central.alarms.memory import FILE, read_memory, write_memory
from central.alarms.watch import SERVER, To, Watch, machine_troubles, server_troubles
from central.alarms.weigh import HOUR_S, Alarm, Limits, Memory, Trouble, after, weigh
from central.app import create_app
from central.database.transaction import DataUnusable
from central.desk.unsent import FILE as UNSENT
from central.desk.unsent import TRIED_S, Unsent, read_unsent, write_unsent
from central.devices.store import set_revoked
from central.ledger.last_verified import LastVerified, write_last
from central.today.device_line import SILENT_AFTER_S
from central.words.names import EditionShelf
from rules.instant import ClockQuality
from rules.messages.link import Health
from tests.central.office_pages import says
from tests.central.signed_in import as_staff
from tests.central.today_events import BUS, ended, well
from tests.central.today_village import Shown, Village, found, seal
from tests.mail_server import MailServer, mail_server

NOW = 1_790_000_000
QUIET_S = 300
LIMITS = Limits(QUIET_S, 3)
CAMERA = Trouble(("カメラ", "camera"), ("拭く", "wipe"))
POWER = Trouble(("電源", "power"), ("線", "cable"))
TO = To(("office@example.jp", "depot@example.jp"), LIMITS, "https://village.example/desk")

# when


@dataclass
class Told:
    """Weighed again and again, with everything sent at once."""

    memory: Memory = field(default_factory=Memory)
    alarms: list[tuple[int, Alarm]] = field(default_factory=list)

    def look(self, now: int, **found: tuple[Trouble, ...]) -> int:
        self.memory, due = weigh(self.memory, found, LIMITS, now)
        for alarm in due:
            self.memory = after(self.memory, alarm, now)
            self.alarms.append((now, alarm))
        return len(due)


def test_a_trouble_is_told_once_after_the_quiet_time_and_once_more_when_it_is_well() -> None:
    told = Told()
    assert [told.look(NOW + second, bus=(CAMERA,)) for second in (0, 299, 300, 360, 900)] == [0, 0, 1, 0, 0]
    assert [told.look(NOW + second, bus=()) for second in (1_000, 1_299, 1_300, 9_000)] == [0, 0, 1, 0]
    assert [alarm.troubles for _, alarm in told.alarms] == [(CAMERA,), ()]


def test_what_passes_within_the_quiet_time_is_told_to_nobody() -> None:
    told = Told()
    for minute in range(0, 60, 4):
        told.look(NOW + minute * 60, bus=(CAMERA,) if minute % 8 else ())
    assert told.alarms == []


def test_a_machine_that_says_nothing_is_neither_better_nor_worse() -> None:
    told = Told()
    told.look(NOW, bus=(CAMERA,))
    assert told.look(NOW + QUIET_S, bus=(CAMERA,)) == 1
    assert told.look(NOW + 10_000) == 0
    assert told.look(NOW + 20_000, bus=(CAMERA,)) == 0


def test_a_second_trouble_is_news() -> None:
    told = Told()
    told.look(NOW, bus=(CAMERA,))
    told.look(NOW + QUIET_S, bus=(CAMERA,))
    told.look(NOW + 400, bus=(CAMERA, POWER))
    assert told.look(NOW + 700, bus=(POWER, CAMERA)) == 1


def test_what_finds_no_room_in_the_hour_is_told_later_and_none_is_lost() -> None:
    told, buses = Told(), {f"bus{number}": (CAMERA,) for number in range(8)}
    for minute in range(240):
        told.look(NOW + minute * 60, **buses)
    assert sorted(alarm.machine for _, alarm in told.alarms) == sorted(buses)


@given(
    st.lists(
        st.tuples(st.integers(1, 2_000), st.sampled_from("abcd"), st.sampled_from([(), (CAMERA,), (POWER,)])),
        max_size=120,
    )
)
def test_whatever_happens_no_hour_has_more_mails_than_allowed(
    steps: list[tuple[int, str, tuple[Trouble, ...]]],
) -> None:
    told, now, state = Told(), NOW, dict.fromkeys("abcd", ())
    for seconds, machine, troubles in steps:
        now += seconds
        state[machine] = troubles  # type: ignore[assignment]
        told.look(now, **state)
    times = [at for at, _ in told.alarms]
    assert all(sum(0 <= at - begun < HOUR_S for at in times) <= LIMITS.per_hour for begun in times)


def test_the_memory_outlives_a_restart_and_a_damaged_one_tells_again(tmp_path: Path) -> None:
    told = Told()
    told.look(NOW, bus=(CAMERA,))
    told.look(NOW + QUIET_S, bus=(CAMERA,))
    write_memory(tmp_path, told.memory)
    assert read_memory(tmp_path) == told.memory
    for damaged in ("", "[]", '{"machines": []}', '{"machines": {"a": 1}, "sent": []}'):
        (tmp_path / FILE).write_text(damaged)
        assert read_memory(tmp_path) == Memory()


# what


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    with found(tmp_path / "office") as village:
        village.edition()
        village.machine()
        yield village


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MailServer]:
    with mail_server(tmp_path / "mail server") as running:
        monkeypatch.setenv("SSL_CERT_FILE", str(running.ca))
        yield running


def watch(village: Village, server: MailServer) -> Watch:
    box = SmtpMailbox(**server.settings.model_dump())
    return Watch(village.database, box, TO, lambda: village.now, demo=True)


def names_of(village: Village) -> set[str] | None:
    with village.database.read() as connection:
        troubles = machine_troubles(connection, EditionShelf(), village.now).get(BUS)
    return None if troubles is None else {each.name[1] for each in troubles}


@pytest.mark.parametrize(
    ("said", "names"),
    [
        (well(), set()),
        (well(camera="gone / gone"), {"camera"}),
        (well(gps="gone / gone"), {"GPS"}),
        (well(undervoltage=True), {"power"}),
        (well(undervoltage=False, temperature_c=50.0, disk_free_mb=9_000), set()),
        (well(temperature_c=80.0), set()),
        (well(temperature_c=90.0), {"temperature"}),
        (well(disk_free_mb=3), {"disk"}),
        (well(clock=ClockQuality.FLOOR), set()),
        (Health(online=False), {"offline"}),
    ],
)
def test_what_needs_a_person_soon_is_a_trouble(village: Village, said: Health, names: set[str]) -> None:
    village.says(said)
    assert names_of(village) == names


@pytest.mark.parametrize(("days", "names"), [(30, set()), (14, {"certificate"}), (-1, {"certificate"})])
def test_a_certificate_is_a_trouble_15_days_before_it_ends(
    village: Village, days: int, names: set[str]
) -> None:
    village.says(well(certificate_until=village.now + days * 86_400))
    assert names_of(village) == names


def test_a_silent_machine_is_a_trouble_and_one_switched_off_for_the_night_says_nothing(
    village: Village,
) -> None:
    village.says(well())
    village.now += SILENT_AFTER_S + 1
    assert names_of(village) == {"silent"}
    village.record(ended(village.now))
    village.says(Health(online=False))
    assert names_of(village) is None


def test_mails_go_out_by_a_real_server_and_name_nobody(village: Village, server: MailServer) -> None:
    looking = watch(village, server)
    village.says(well(camera="山田太郎のカメラ、taro@example.jp / planted words"))
    looking.look()
    village.now += QUIET_S
    village.says(well(camera="山田太郎のカメラ、taro@example.jp / planted words"))
    looking.look()
    looking.look()
    (mail,) = server.mails
    assert mail["To"] == "office@example.jp, depot@example.jp"
    text = f"{mail['Subject']}\n{mail.get_content()}"
    assert f"{BUS}：カメラ / {BUS}: camera" in text
    assert "レンズと線を確かめてください。" in text
    assert TO.desk in text
    for word in ("山田", "taro", "planted"):
        assert word not in text
    for _ in range(2):
        village.says(well())
        looking.look()
        village.now += QUIET_S
    assert "well again" in server.mails[1]["Subject"]
    assert len(server.mails) == 2


def test_a_mail_that_could_not_be_sent_is_sent_later(village: Village, server: MailServer) -> None:
    looking = watch(village, server)
    server.refuses = True
    for _ in range(3):
        village.says(well(undervoltage=True))
        looking.look()
        village.now += QUIET_S
    assert server.mails == []
    server.refuses = False
    village.says(well(undervoltage=True))
    looking.look()
    assert len(server.mails) == 1


def test_the_desk_says_that_alarms_cannot_be_mailed_until_they_are(
    village: Village, server: MailServer
) -> None:
    folder = village.database.path.parent
    looking = watch(village, server)
    server.refuses = True
    for _ in range(2):
        village.says(well(undervoltage=True))
        looking.look()
        village.now += QUIET_S
    assert read_unsent(folder, village.now) == Unsent(1, village.now - QUIET_S, village.now - QUIET_S)
    since = village.now - QUIET_S
    looking.look()
    assert read_unsent(folder, village.now) == Unsent(1, since, village.now)
    desk = as_staff(create_app(village.database, Shown(), lambda: village.now, seal)).test_client()
    page = says(desk, "/desk")
    assert (
        "知らせのメールを送れない 1件が待っています。設定の [mail] とメールサーバーを確かめてください" in page
    )
    assert 'href="/desk#mail-down"' in desk.get("/desk").text
    server.refuses = False
    looking.look()
    assert len(server.mails) == 1
    assert "知らせのメール" not in says(desk, "/desk")


def test_alarms_that_are_switched_off_are_missed_by_nobody(tmp_path: Path) -> None:
    write_unsent(tmp_path, 2, NOW)
    assert read_unsent(tmp_path, NOW + TRIED_S) is not None
    assert read_unsent(tmp_path, NOW + TRIED_S + 1) is None
    write_unsent(tmp_path, 3, NOW + TRIED_S + 1)
    assert read_unsent(tmp_path, NOW + TRIED_S + 1) == Unsent(3, NOW + TRIED_S + 1, NOW + TRIED_S + 1)
    for damaged in ("", "[]", "{}", '{"count": null, "since": 1, "tried": 1}'):
        (tmp_path / UNSENT).write_text(damaged)
        assert read_unsent(tmp_path, NOW) is None


def test_the_servers_own_list_of_withdrawn_certificates_is_watched(
    village: Village, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from central.alarms import watch as watching

    lost = (Trouble(("失効リスト", "list of withdrawn certificates"), ("見る", "look")),)
    monkeypatch.setattr(watching, "server_troubles", lambda *_, **__: lost)
    looking = watch(village, server)
    for _ in range(2):
        village.says(well())
        looking.look()
        village.now += QUIET_S
    assert "the server: list of withdrawn certificates" in server.mails[0]["Subject"]
    assert SERVER in read_memory(village.database.path.parent).machines


def test_nobody_listens(tmp_path: Path) -> None:
    with pytest.raises(NotSent):
        SmtpMailbox("127.0.0.1", 1, "a@b", "", "").greet()


# clocks, flapping, what cannot be read or written


def test_a_clock_that_was_set_back_keeps_no_alarm_back() -> None:
    told = Told()
    told.look(NOW + 10 * 86_400, bus=(CAMERA,))
    assert [told.look(NOW + second, bus=(CAMERA,)) for second in (0, QUIET_S)] == [0, 1]


def test_what_comes_and_goes_all_day_is_told_ever_less_and_something_new_as_ever() -> None:
    told = Told()
    for minute in range(0, 6 * 60, 6):
        now = NOW + minute * 60
        troubles = (CAMERA,) if minute // 6 % 2 else ()
        for second in (0, QUIET_S):
            told.look(now + second, bus=troubles)
    assert [alarm.troubles for _, alarm in told.alarms] == [(CAMERA,), ()]
    for second in (0, QUIET_S):
        told.look(NOW + 6 * HOUR_S + second, bus=(POWER,))
    assert told.alarms[-1][1].troubles == (POWER,)


def test_a_machine_that_was_shut_out_is_neither_well_again_nor_told(village: Village) -> None:
    village.says(well(camera="gone / gone"))
    assert names_of(village) == {"camera"}
    with village.database.write() as connection:
        set_revoked(connection, BUS)
    assert names_of(village) is None


def test_a_queue_that_does_not_move_while_the_machine_is_heard_is_a_trouble(village: Village) -> None:
    village.says(well(queue=3, oldest_queued_wall=village.now - 600))
    assert names_of(village) == set()
    village.says(well(queue=3, oldest_queued_wall=village.now - 3 * HOUR_S))
    assert names_of(village) == {"unsent"}


def test_on_a_disk_that_takes_nothing_more_a_mail_goes_out_once(
    village: Village, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from central.alarms import watch as watching

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(watching, "write_memory", full)
    looking = watch(village, server)
    for _ in range(5):
        village.says(well(undervoltage=True))
        looking.look()
        village.now += QUIET_S
    assert len(server.mails) == 1


def test_a_database_that_cannot_be_read_is_told(
    village: Village, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from central.alarms import watch as watching

    def broken(*_: object) -> None:
        raise DataUnusable("壊れています", "damaged", "x")

    monkeypatch.setattr(watching, "machine_troubles", broken)
    looking = watch(village, server)
    for _ in range(3):
        looking.look()
        village.now += QUIET_S
    assert "the server: database" in server.mails[0]["Subject"]
    assert len(server.mails) == 1


def test_a_recomputation_of_the_ledger_with_differences_is_told(tmp_path: Path) -> None:
    write_last(tmp_path, LastVerified(NOW, "h", 2))
    assert "ledger's recomputation" in {each.name[1] for each in server_troubles(tmp_path, NOW, demo=True)}
    write_last(tmp_path, LastVerified(NOW, "h", 0))
    assert "ledger's recomputation" not in {
        each.name[1] for each in server_troubles(tmp_path, NOW, demo=True)
    }
