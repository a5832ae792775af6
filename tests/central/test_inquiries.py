"""問い合わせ: what was asked is never written over, is found again, and its words are kept no longer than needed."""

from __future__ import annotations

import csv
import io
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, text, update
from sqlalchemy.exc import DatabaseError

from central.access.who import Role
from central.charging.store import Asked, add_charge
from central.database.inquiry_tables import inquiries, inquiry_notes
from central.inquiries import store
from central.inquiries.commands import inquiries_commands
from central.inquiries.forget import KEPT_DAYS, forget
from central.inquiries.inquiry import NotWritten
from central.inquiries.words import NOT_WRITTEN
from rules.charging.follow import Charge
from rules.money import Yen
from tests.central.counter_desk import Clerk, clerk_at
from tests.central.office import Bus, send
from tests.central.office_pages import field, post
from tests.central.office_pages import text as said_by
from tests.central.settled_bench import off, on

FORM = {"way": "phone", "about": "ride", "state": "open", "said": "降りた停留所が違うと言われた。"}
DAY_S = 86_400


@pytest.fixture
def clerk(tmp_path: Path) -> Iterator[Clerk]:
    with clerk_at(tmp_path) as made:
        made.opens_till()
        yield made


@pytest.fixture
def member(clerk: Clerk) -> str:
    return clerk.registers("山田 花子", 3_000, card="on")


def writes(clerk: Clerk, **more: Any) -> int:
    """The number of a new inquiry."""
    location = clerk.sends("/inquiries/new", FORM | more).location
    return int(location.rpartition("/")[2])


def refused(clerk: Clerk, why: NotWritten, path: str = "/inquiries/new", **form: Any) -> bool:
    answer = clerk.sends(path, FORM | form, status=422)
    return NOT_WRITTEN[why][0] in said_by(answer)


def rides(clerk: Clerk, member: str) -> None:
    """One ride by the member's card."""
    (card,) = clerk.cards(member)
    bus = Bus()
    with clerk.office.database.write() as connection:
        bus.register(connection)
    bus.write(off(card.issued.body.pass_id.hex(), bus.write(on(card.issued.body.pass_id.hex(), 0)), 4, 480))
    send(clerk.office.database, bus)


def test_it_is_tied_to_a_charge_by_card_too(clerk: Clerk, member: str) -> None:
    with clerk.office.database.write() as connection:
        add_charge(connection, Asked(Charge("charge-1", member, Yen(5_000), "practice"), clerk.now))
    assert "カードチャージ" in said_by(clerk.opens(f"/inquiries/new?member={member}"))
    number = writes(clerk, member=member, tie="charge:charge-1", about="charge")
    assert 'href="/charging/charge-1"' in clerk.opens(f"/inquiries/{number}").get_data(as_text=True)


def test_what_somebody_asked_is_on_their_page_with_what_comes_next(clerk: Clerk, member: str) -> None:
    number = writes(clerk, member=member, next="運転日報を見る", by="cashier")
    page = said_by(clerk.opens(f"/inquiries/{number}"))
    assert (
        "降りた停留所が違うと言われた。" in page and "運転日報を見る cashier" in page and "山田 花子" in page
    )
    assert "降りた停留所が違うと言われた。" in said_by(clerk.opens(f"/counter/members/{member}"))
    assert "運転日報を見る cashier" in said_by(clerk.opens("/inquiries?by=cashier&state=open"))


def test_a_follow_up_is_added_and_nothing_is_written_over(clerk: Clerk, member: str) -> None:
    number = writes(clerk, member=member)
    clerk.sends(f"/inquiries/{number}", {"state": "done", "said": "本人に電話した。"})
    page = said_by(clerk.opens(f"/inquiries/{number}"))
    assert page.index("降りた停留所が違うと言われた。") < page.index("本人に電話した。")
    assert "あてはまる問い合わせはありません" in said_by(clerk.opens("/inquiries?state=open"))
    for change in (
        update(inquiry_notes).values(said="別の言葉"),
        update(inquiry_notes).values(state="open"),
        update(inquiries).values(caller="だれか"),
        delete(inquiry_notes),
    ):
        with pytest.raises(DatabaseError), clerk.office.database.write() as connection:
            connection.execute(change)
    with clerk.office.database.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM inquiry_notes")).scalar_one() == 2


def test_a_form_sent_twice_writes_once(clerk: Clerk, member: str) -> None:
    form = FORM | {"member": member, "id": field(clerk.opens("/inquiries/new"), "id")}
    first = clerk.sends("/inquiries/new", form).location
    assert clerk.sends("/inquiries/new", form).location == first
    follow = {"state": "done", "said": "終わり", "id": "0123456789abcdef"}
    for _ in range(2):
        clerk.sends(first, follow)
    with clerk.office.database.read() as connection:
        assert len(store.notes_of(connection, int(first.rpartition("/")[2]))) == 2


def test_it_is_tied_to_a_ride_that_is_picked_from_the_members_own(clerk: Clerk, member: str) -> None:
    rides(clerk, member)
    other = clerk.registers("山田 太郎")
    assert f"/inquiries/new?member={member}&amp;tie=ride:1" in clerk.opens("/counter/rides/1").get_data(
        as_text=True
    )
    page = clerk.opens(f"/inquiries/new?member={member}").get_data(as_text=True)
    assert 'value="ride:1"' in page
    number = writes(clerk, member=member, tie="ride:1")
    assert 'href="/counter/rides/1"' in clerk.opens(f"/inquiries/{number}").get_data(as_text=True)
    for who, tie in (
        (other, "ride:1"),
        (member, "ride:2"),
        (member, "ride:" + "9" * 40),
        (member, "charge:x"),
        ("", "ride:1"),
    ):
        assert refused(clerk, NotWritten.NOT_THEIRS, member=who, caller="だれか", tie=tie)


@pytest.mark.parametrize(
    ("form", "why"),
    [
        ({}, NotWritten.WHO),
        ({"caller": "通りがかりの人", "said": " \n "}, NotWritten.NO_WORDS),
        ({"caller": "x" * 101}, NotWritten.TOO_LONG),
        ({"caller": "x", "said": "x" * 2_001}, NotWritten.TOO_LONG),
        ({"caller": "x", "next": "x" * 201}, NotWritten.TOO_LONG),
        ({"caller": "x", "way": "pigeon"}, NotWritten.NO_CHOICE),
        ({"caller": "x", "state": ""}, NotWritten.NO_CHOICE),
        ({"member": "99999999"}, NotWritten.NO_MEMBER),
        ({"caller": "x", "by": "nobody"}, NotWritten.NO_STAFF),
    ],
)
def test_what_is_missing_or_wrong_is_said_and_what_was_typed_stays(
    clerk: Clerk, form: dict[str, str], why: NotWritten
) -> None:
    assert refused(clerk, why, **form)
    kept = clerk.sends("/inquiries/new", FORM | form, status=422).get_data(as_text=True)
    assert (FORM | form)["said"].strip()[:20] in kept


def test_it_is_found_by_words_names_and_telephone_but_no_word_is_in_an_address(clerk: Clerk) -> None:
    writes(clerk, caller="佐藤 0233-75-2222")
    writes(clerk, caller="鈴木", said="100%の割引を聞かれた")
    for words, count in (("0233-75", 1), ("停留所", 1), ("100%", 1), ("%", 1), ("田中", 0), ("", 0)):
        answer = post(clerk.client(), "/inquiries/find", {"q": words})
        assert f"{count}件" in said_by(answer)
    assert (
        'method="get"' not in clerk.opens("/inquiries").get_data(as_text=True).partition('name="q"')[0][-400:]
    )


def test_the_file_holds_what_the_filter_leaves_and_no_formula(clerk: Clerk, member: str) -> None:
    writes(clerk, member=member)
    writes(clerk, caller="=cmd", about="points", said="=1+1")
    rows = list(
        csv.reader(io.StringIO(clerk.opens("/inquiries/list.csv?about=points").get_data(as_text=True)))
    )
    assert len(rows) == 2
    assert "'=cmd" in rows[1] and "'=1+1" in rows[1]


def test_words_are_blanked_when_nothing_was_said_for_three_years_and_the_fact_stays(
    clerk: Clerk, member: str
) -> None:
    old, gone_on = writes(clerk, caller="佐藤", next="電話する"), writes(clerk, member=member)
    began = clerk.now
    clerk.now += 30 * DAY_S
    clerk.sends(f"/inquiries/{gone_on}", {"state": "done", "said": "返事をした"})
    at = began + KEPT_DAYS * DAY_S
    with clerk.office.database.write() as connection:
        assert forget(connection, at) == 0
        assert forget(connection, at + 1) == 1
        assert forget(connection, at + 1) == 0
        blanked, kept = (store.find_inquiry(connection, each) for each in (old, gone_on))
    assert (
        blanked
        and blanked.forgotten
        and not (blanked.caller or blanked.last.note.said or blanked.last.note.next_step)
    )
    assert kept and not kept.forgotten and kept.last.note.said == "返事をした"
    page = said_by(clerk.opens(f"/inquiries/{old}"))
    assert "乗車" in page and "佐藤" not in page and "保存期間が過ぎた" in page
    assert clerk.written()[-1] == ("system", "inquiries-forgotten", "inquiries")


def test_the_command_blanks_and_says_how_many(clerk: Clerk) -> None:
    clerk.now = 1_000_000_000
    writes(clerk, caller="佐藤")
    done = CliRunner().invoke(
        inquiries_commands, ["forget", "--data", str(clerk.office.database.path.parent)]
    )
    assert done.exit_code == 0, done.output
    assert done.output.startswith("1 件")


def test_who_only_reads_looks_and_writes_nothing(clerk: Clerk) -> None:
    number = writes(clerk, caller="佐藤")
    for path in ("/inquiries", f"/inquiries/{number}"):
        page = clerk.opens(path, Role.READER).get_data(as_text=True)
        assert "/inquiries/new" not in page and "続きを書く" not in page
    clerk.sends(f"/inquiries/{number}", FORM, Role.READER, status=403)


TEXT = st.text(max_size=60)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(
    form=st.fixed_dictionaries(
        {},
        optional={
            "way": st.sampled_from(["phone", "x"]),
            "about": st.sampled_from(["ride", "x"]),
            "state": st.sampled_from(["open", "x"]),
            "member": TEXT,
            "caller": TEXT,
            "tie": TEXT | st.from_regex(r"(ride|phone-ride|charge|claim):\d+", fullmatch=True),
            "said": TEXT,
            "next": TEXT,
            "by": TEXT,
        },
    ),
    query=st.dictionaries(
        st.sampled_from(["state", "about", "member", "by", "from", "to", "page", "tie"]), TEXT, max_size=3
    ),
)
def test_whatever_a_form_or_an_address_says_it_is_written_or_refused_by_name(
    clerk: Clerk, form: dict[str, str], query: dict[str, str]
) -> None:
    answer = post(clerk.client(), "/inquiries/new", {"id": secrets.token_hex(8), **form})
    assert answer.status_code in (303, 422)
    assert clerk.client().get("/inquiries", query_string=query).status_code in (200, 400)
    assert clerk.client().get("/inquiries/new", query_string=query).status_code == 200
