"""運賃の決定: conflicting, missing and wrong fares are decided by the office, kept across feeds, and taken back."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from central.audit.store import all_entries
from central.database.transaction import Database, database_file
from central.network.fares.decide_fare import DEAREST, Kind, Ride, decide, read_yen, rides_of
from central.network.fares.store import fares_decided
from rules.money import Yen
from rules.network.fares import Pair
from rules.network.feed.corrections import Corrections, FareDecision
from rules.network.feed.read import read
from tests.central.office_pages import post, says, text
from tests.central.today_village import Village, app_of, found
from tests.network.feeds import SMALL, feed, zipped

THERE_AND_BACK = {
    "stop_times": SMALL["stop_times.txt"]
    + "t3,08:00:00,08:00:00,p3,1\nt3,08:05:00,08:05:00,p2,2\nt3,08:10:00,08:10:00,p1,3\n",
    "trips": SMALL["trips.txt"] + "r1,毎日,t3,1,\n",
}
CONFLICTS = THERE_AND_BACK | {
    "fare_rules": "fare_id,route_id,origin_id,destination_id\n"
    "f150,r1,za,zb\nf200,r1,za,zb\nf150,r1,zb,za\nf200,r1,zb,za\nf200,r2,za,zb\n"
}
"""役場前 and 清水: two prices both ways on 本線, one on 支線. Whatever touches 温泉口 has none."""


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    with found(tmp_path) as village:
        yield village


@pytest.fixture
def client(village: Village) -> FlaskClient:
    return app_of(village).test_client()


def upload(client: FlaskClient, **changed: str) -> str:
    """Take a feed in; the address of its fares."""
    answer = post(client, "/network/feeds", {"feed": (BytesIO(zipped(feed(**changed))), "feed.zip")})
    return f"{answer.location}/fares"


def rides(client: FlaskClient, village: Village, **changed: str) -> dict[Kind, list[Ride]]:
    """The rides of a feed by kind, with what is decided by now."""
    with village.database.read() as connection:
        decided = fares_decided(connection)
    listed = rides_of(read(feed(**changed), Corrections(fares=decided)))
    return {kind: [ride for ride in listed if ride.kind is kind] for kind in Kind}


def decided(village: Village) -> dict[Pair, FareDecision]:
    with village.database.read() as connection:
        return fares_decided(connection)


def test_one_decision_serves_both_ways_and_every_route_of_which_the_feed_says_the_same(
    client: FlaskClient, village: Village
) -> None:
    page = upload(client, **CONFLICTS)
    (ride,) = rides(client, village, **CONFLICTS)[Kind.CONFLICT]
    assert (ride.names, ride.both_ways, ride.feed) == (("役場前", "清水"), True, (150, 200))
    assert "役場前 ⇄ 清水" in says(client, page)
    answer = post(client, page, {"show": "open", f"choice-{ride.key}": "200"})
    assert answer.status_code == 303
    assert "1件を保存しました" in says(client, answer.location)
    with village.database.read() as connection:
        *_, last = all_entries(connection)
    assert (last.who, last.what, last.about) == ("staff:administrator", "fares-decided", "feed:1")
    assert {pair: word.yen for pair, word in decided(village).items()} == {
        ("r1", "p1", "p2"): 200, ("r1", "p2", "p1"): 200,
    }  # fmt: skip
    assert "決めるものはありません" in says(client, f"{page}?show=open")
    assert "新しい版として公開する" in says(client, page.removesuffix("/fares"))


def test_an_amount_of_ones_own_is_taken_as_it_is_typed(client: FlaskClient, village: Village) -> None:
    page = upload(client, **CONFLICTS)
    (ride,) = rides(client, village, **CONFLICTS)[Kind.CONFLICT]
    form = {f"choice-{ride.key}": "other", f"yen-{ride.key}": " １８０円 "}
    assert post(client, page, form).status_code == 303
    assert decided(village)["r1", "p1", "p2"] == FareDecision(Yen(180), (Yen(150), Yen(200)))


@pytest.mark.parametrize("typed", ["", "abc", "-1", "1.5", "100001", "９９９９９９９", "²", "١٥٠"])
def test_what_is_no_amount_is_refused_with_everything_typed_kept_and_nothing_saved(
    client: FlaskClient, village: Village, typed: str
) -> None:
    page = upload(client, **CONFLICTS)
    listed = rides(client, village, **CONFLICTS)
    (conflict,), (other, *_) = listed[Kind.CONFLICT], listed[Kind.MISSING]
    form = {f"choice-{conflict.key}": "other", f"yen-{conflict.key}": typed, f"yen-{other.key}": "170"}
    answer = post(client, page, form | {"show": "all"})
    assert answer.status_code == 422
    assert "まだ何も保存していません" in text(answer)
    assert 'aria-invalid="true"' in answer.get_data(as_text=True)
    assert 'value="170"' in answer.get_data(as_text=True)
    assert decided(village) == {}


def test_a_missing_fare_is_given_and_an_emptied_amount_takes_it_back(
    client: FlaskClient, village: Village
) -> None:
    page = upload(client, **CONFLICTS)
    missing = rides(client, village, **CONFLICTS)[Kind.MISSING]
    assert {ride.names for ride in missing} == {("役場前", "温泉口"), ("清水", "温泉口")}
    post(client, page, {f"yen-{missing[0].key}": "300", f"yen-{missing[1].key}": ""})
    assert {word.yen for word in decided(village).values()} == {300}
    assert len(decided(village)) == 2
    again = [each for each in rides(client, village, **CONFLICTS)[Kind.MISSING] if each.decided == 300]
    post(client, page, {f"yen-{again[0].key}": ""})
    assert decided(village) == {}


def test_a_decision_taken_back_leaves_the_conflict_open_again(client: FlaskClient, village: Village) -> None:
    page = upload(client, **CONFLICTS)
    (ride,) = rides(client, village, **CONFLICTS)[Kind.CONFLICT]
    post(client, page, {f"choice-{ride.key}": "150"})
    (ride,) = rides(client, village, **CONFLICTS)[Kind.CONFLICT]
    assert not ride.is_open
    post(client, page, {f"choice-{ride.key}": "undecided"})
    (ride,) = rides(client, village, **CONFLICTS)[Kind.CONFLICT]
    assert ride.is_open


@pytest.mark.parametrize(("every", "yen"), [("lowest", 150), ("highest", 200)])
def test_all_open_ones_are_decided_at_once_and_only_those(
    client: FlaskClient, village: Village, every: str, yen: int
) -> None:
    page = upload(client, **CONFLICTS)
    assert post(client, page, {"show": "open", "every": every}).status_code == 303
    assert {word.yen for word in decided(village).values()} == {yen}
    assert len(decided(village)) == 2


def test_deciding_all_that_is_open_leaves_what_was_decided_alone(
    client: FlaskClient, village: Village
) -> None:
    page = upload(client, **CONFLICTS)
    (ride,) = rides(client, village, **CONFLICTS)[Kind.CONFLICT]
    post(client, page, {f"choice-{ride.key}": "150"})
    post(client, page, {"show": "all", "every": "highest"})
    assert {word.yen for word in decided(village).values()} == {150}


def test_a_wrong_fare_is_corrected_and_the_feed_s_own_price_typed_again_is_no_correction(
    client: FlaskClient, village: Village
) -> None:
    page = upload(client)
    for typed, kept in (("180", {180}), ("150", set())):
        (ride,) = [each for each in rides(client, village)[Kind.PRICED] if each.feed == (150,)]
        post(client, page, {"show": "all", f"yen-{ride.key}": typed})
        assert {word.yen for word in decided(village).values()} == kept


def test_decisions_are_kept_for_the_next_feed_and_end_where_its_prices_change(
    client: FlaskClient, village: Village
) -> None:
    page = upload(client, **CONFLICTS)
    (ride,) = rides(client, village, **CONFLICTS)[Kind.CONFLICT]
    post(client, page, {f"choice-{ride.key}": "150"})
    renamed = CONFLICTS | {"stops": SMALL["stops.txt"].replace("温泉口", "肘折温泉口")}
    assert "決めるものはありません" in says(client, f"{upload(client, **renamed)}?show=open")
    dearer = CONFLICTS | {"fare_attributes": SMALL["fare_attributes.txt"].replace("f200,200", "f200,220")}
    page = upload(client, **dearer)
    assert "役場前 ⇄ 清水" in says(client, f"{page}?show=open")
    assert "決めた運賃を使いません" in says(client, page.removesuffix("/fares"))


def test_stops_are_found_by_a_part_of_their_name(client: FlaskClient) -> None:
    page = upload(client, **CONFLICTS)
    found = says(client, f"{page}?show=all&q=温泉")
    assert "役場前 ⇄ 温泉口" in found
    assert "役場前 ⇄ 清水" not in found
    assert "この条件に合う区間はありません" in says(client, f"{page}?show=all&q=nowhere")


def test_an_unknown_feed_is_not_found(client: FlaskClient) -> None:
    assert says(client, "/network/feeds/7/fares", 404)
    assert post(client, "/network/feeds/7/fares").status_code == 404


@given(st.text(alphabet="0123456789０１２３４５６７８９,，円 .-+eE²٣a", max_size=9))
def test_what_is_typed_is_whole_yen_within_bounds_or_nothing(typed: str) -> None:
    yen = read_yen(typed)
    assert yen is None or 0 <= yen <= DEAREST


@given(st.integers(0, DEAREST))
def test_every_amount_is_read_as_it_is_written(yen: int) -> None:
    assert read_yen(str(yen)) == read_yen(f"{yen:,}円") == yen
    assert read_yen(str(yen).translate(str.maketrans("0123456789", "０１２３４５６７８９"))) == yen


def test_the_same_decision_again_is_no_new_word(tmp_path: Path) -> None:
    database = Database(database_file(tmp_path))
    database.create()
    (ride, *_) = rides_of(read(feed(**CONFLICTS)))
    with database.write() as connection:
        assert decide(connection, [ride], {ride.key: Yen(150)}, 1) == 1
        assert decide(connection, [ride], {ride.key: Yen(150)}, 2) == 0
        assert decide(connection, [ride], {ride.key: None}, 3) == 1
        assert decide(connection, [ride], {}, 4) == 0
        assert fares_decided(connection) == {}
    database.close()
