"""Practice is on a copy without anybody in it, reaches nothing real, and nothing made there is taken in earnest."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask.testing import FlaskClient
from sqlalchemy import LargeBinary, String, func, select

from central.access.staff.invite import invite
from central.access.who import Role
from central.audit import verify_audit
from central.counter.open_till import TillOpening, open_till
from central.database.access_tables import passphrases
from central.database.counter_tables import counter_settings
from central.database.schema import metadata
from central.database.tables import passes, records, rides
from central.database.transaction import database_file
from central.devices.data_folder import Office
from central.ledger.verify_ledger import verify_ledger
from central.main import cli
from central.members.store import Profile, all_profiles
from central.passes.find_person import find_people
from central.practice import commands
from central.practice import folder as practice_folder
from central.practice.folder import MARK, copy_office, invent_village, open_practice, why_not_here
from central.practice.pages import practice_app
from central.practice.people import STAFF
from central.practice.store import TABLES, kept
from central.practice.village import ISSUER
from rules.passes.key_set import open_key_set
from rules.passes.rider_pass import to_text, unpack_pass
from rules.passes.seal import Use, check
from tests.central.office_pages import post
from tests.central.signed_in import as_staff
from tests.practice.real_office import NOW, real_office, secrets_of

SETTINGS = 'data = "real"\nvillage = "mura"\n[broker]\npassword = "p"\n'
"""In the folder beside which the real office's data lies."""


@dataclass
class Both:
    """The real office with its folder, and the practice one."""

    real: Office
    real_folder: Path
    practice: Office
    folder: Path

    def client(self) -> FlaskClient:
        return as_staff(practice_app(self.practice, lambda: NOW)).test_client()


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    place = tmp_path_factory.mktemp("office")
    with real_office(place / "real") as real:
        copy_office(place / "real", place / "practice", NOW)
        practice = open_practice(place / "practice", NOW)
        yield Both(real, place / "real", practice, place / "practice")
        practice.database.close()


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["practice", "--no-serve", *arguments])


def bytes_of(folder: Path) -> dict[str, str]:
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.rglob("*"))
        # The shared-memory index says which readers are there, and nothing of what is kept.
        if file.is_file() and file.suffix != ".db-shm"
    }


def test_no_name_telephone_address_hash_or_key_of_the_office_is_anywhere_in_the_copy(both: Both) -> None:
    secrets = secrets_of(both.real, both.real_folder)
    assert len(secrets) > 70
    copied = [file.read_bytes() for file in both.folder.rglob("*") if file.is_file()]
    assert [each for each in secrets if any(each in content for content in copied)] == []


def test_the_copy_has_the_same_rides_and_money_and_its_books_hold(both: Both) -> None:
    for table in (rides, records, passes):
        counts = []
        for office in (both.real, both.practice):
            with office.database.read() as connection:
                counts.append(connection.execute(select(func.count()).select_from(table)).scalar_one())
        assert counts[0] == counts[1] > 0
    with both.real.database.read() as real, both.practice.database.read() as copy:
        assert verify_ledger(copy).problems == []
        assert verify_ledger(copy).head == verify_ledger(real).head
        assert verify_audit.verify(copy).problems == []


def test_everybody_in_the_copy_is_invented_and_staff_are_nobody(both: Both) -> None:
    with both.practice.database.read() as connection:
        people = [profile for _, profile in all_profiles(connection)]
        assert len(people) == 12
        assert all(isinstance(each, Profile) and each.name[:2] in ("練習", "見本", "稽古") for each in people)
        assert {each.mail for each in people if each.mail} < {
            f"renshu-{n}@example.invalid" for n in range(1, 13)
        }
        assert connection.execute(select(func.count()).select_from(passphrases)).scalar_one() == 0
        assert set(connection.execute(select(counter_settings.c.staff)).scalars()) == {STAFF}


def test_the_real_files_stay_byte_for_byte_while_somebody_makes_a_copy_and_practises(both: Both) -> None:
    before = bytes_of(both.real_folder)
    copy_office(both.real_folder, both.folder.with_name("again"), NOW)
    office = open_practice(both.folder.with_name("again"), NOW)
    client = as_staff(practice_app(office, lambda: NOW)).test_client()
    with office.database.write() as connection:
        open_till(connection, TillOpening("till-now", "", STAFF, 5_000), NOW)
        member = all_profiles(connection)[1][0]
    answer = post(client, f"/counter/members/{member}/charge", {"yen": "3000", "id": "0123456789abcdef"})
    assert answer.status_code == 303
    office.database.close()
    assert bytes_of(both.real_folder) == before


def test_a_copy_is_of_one_moment_and_waits_for_no_writer(both: Both, tmp_path: Path) -> None:
    with both.real.database.write() as connection:
        open_till(connection, TillOpening("till-not-yet", "", "somebody", 1), NOW)
        copy_office(both.real_folder, tmp_path / "copy", NOW)
    assert b"somebody" not in database_file(tmp_path / "copy").read_bytes()


def test_no_code_that_practice_makes_is_taken_by_a_bus_or_by_the_real_counter(both: Both) -> None:
    keys = open_key_set(both.real.keys.key_set, both.real.keys.root_public)
    assert keys is not None
    with both.real.database.read() as connection:
        own = connection.execute(select(passes.c.packed)).scalars().all()
        assert all(find_people(connection, to_text(packed)) for packed in own)
    with both.practice.database.read() as connection:
        copied = connection.execute(select(passes.c.packed)).scalars().all()
        assert all(find_people(connection, to_text(packed)) for packed in copied)
    for packed in copied:
        issued = unpack_pass(packed)
        for key in keys.keys:
            assert not check(Use.PASS, issued.body.pack(), issued.signature, key.public)
        assert issued.body.issuer == ISSUER
    with both.real.database.read() as connection:
        assert [find_people(connection, to_text(packed)) for packed in copied] == [[]] * len(copied)


@pytest.mark.parametrize("where", [".", "practice", ".."])
def test_it_never_starts_on_the_offices_own_folder_nor_within_nor_around_it(
    where: str, both: Both, tmp_path: Path
) -> None:
    config = both.real_folder.parent / "central.toml"
    config.write_text(SETTINGS)
    before = bytes_of(both.real_folder)
    done = run("--config", str(config), "--folder", str(both.real_folder / where), "--anew")
    assert done.exit_code == 1
    assert "--folder" in done.output
    assert bytes_of(both.real_folder) == before


def test_nothing_that_is_not_for_practice_is_thrown_away(tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    letter = tmp_path / "letters" / "a.txt"
    letter.write_text("dear")
    assert run("--folder", str(letter.parent), "--anew").exit_code == 1
    assert letter.read_text() == "dear"
    assert why_not_here(letter.parent, None) is not None
    with pytest.raises(ValueError, match="not for practice"):
        practice_folder.throw_away(letter.parent)


def test_one_command_copies_and_the_same_with_anew_throws_the_practice_away(both: Both) -> None:
    config = both.real_folder.parent / "central.toml"
    config.write_text(SETTINGS)
    made = both.real_folder.with_name("real-practice")
    assert run("--config", str(config)).exit_code == 0
    (made / "scribble").write_text("mine")
    assert run("--config", str(config)).exit_code == 0
    assert (made / "scribble").exists()
    assert run("--config", str(config), "--anew").exit_code == 0
    assert (made / MARK).exists()
    assert not (made / "scribble").exists()


def test_without_an_office_there_is_an_invented_village_whose_pages_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(practice_folder, "DAYS", 2)
    monkeypatch.setattr(commands, "DAYS", 2)
    monkeypatch.setattr(commands, "now", lambda: NOW)
    assert run("--folder", str(tmp_path / "village")).exit_code == 0
    office = open_practice(tmp_path / "village", NOW)
    client = as_staff(practice_app(office, lambda: NOW)).test_client()
    page = client.get("/today?date=2026-09-30").get_data(as_text=True)
    assert "練習駅前" in page
    office.database.close()


def test_a_practice_sign_in_needs_no_passphrase_and_nobody_real_can_sign_in(both: Both) -> None:
    client = practice_app(both.practice, lambda: NOW).test_client()
    assert client.get("/today").status_code == 303
    refused = post(client, "/staff/sign-in", {"name": "sato", "passphrase": "correct horse battery staple"})
    assert refused.status_code == 422
    with both.practice.database.write() as connection:
        secret = invite(connection, "renshu-clerk", Role.CLERK, "system", NOW, bytes)
    assert post(client, "/staff/invitation", {"invitation": secret}).status_code == 303


OFFICES = (
    "today",
    "counter",
    "exceptions",
    "corrections",
    "kiosks",
    "charging",
    "network",
    "audit",
    "nowhere",
)
OTHERS = ("m/", "m/wallet", "m/sign-in", "m/scan", "ride", "p", "staff/sign-in", "staff/invitation")


@pytest.mark.parametrize("address", [*OFFICES, *OTHERS])
def test_every_page_says_that_it_is_practice(address: str, both: Both) -> None:
    page = both.client().get(f"/{address}").get_data(as_text=True)
    assert page.count('class="practice-band"') == 1
    assert "練習" in page.partition("<main")[0]
    assert "practice.css" in page.partition("</head>")[0]


def test_what_a_page_asks_for_by_itself_has_no_band(both: Both) -> None:
    client = both.client()
    assert "practice-band" not in client.get("/today/rides").get_data(as_text=True)
    assert "practice-band" not in client.get("/today/rides.csv").get_data(as_text=True)


def test_whatever_nobody_has_looked_at_is_left_out_of_a_copy() -> None:
    said = kept()
    assert said.keys() == TABLES
    assert said["members"]["asked"] == "''"
    assert said["card_events"]["body"] == "x''"
    for name, columns in said.items():
        for column in metadata.tables[name].columns:
            if isinstance(column.type, String | LargeBinary):
                assert column.name in columns


def test_an_interrupted_copy_leaves_nothing_behind(both: Both, tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(practice_folder, "copy_kept", _fails)
        with pytest.raises(OSError, match="full"):
            copy_office(both.real_folder, tmp_path / "copy", NOW)
        patch.setattr(practice_folder, "live", _fails)
        with pytest.raises(OSError, match="full"):
            invent_village(tmp_path / "village", secrets.SystemRandom(), lambda _: None, NOW)
    assert list(tmp_path.iterdir()) == []


def _fails(*_: object) -> None:
    raise OSError("full")


def test_where_nothing_may_be_written_it_says_how_to_name_another_place(tmp_path: Path) -> None:
    (tmp_path / "taken").touch()
    done = run("--folder", str(tmp_path / "taken/practice"))
    assert done.exit_code == 1
    assert "name a place that you may write by --folder" in done.output
