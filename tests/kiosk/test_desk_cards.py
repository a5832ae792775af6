"""What the kiosk promises guests with a card."""

from __future__ import annotations

from device.facts import CodeSeen
from kiosk.ports import MessageKind
from rules.messages.events import CardPoints
from rules.passes.rider_pass import RiderClass, to_text
from tests.kiosk.desk_bench import ADULT, CHILD, RULES, World, kiosk_on


def test_a_guests_card_gets_its_points_once_while_it_is_held_up(world: World) -> None:
    with kiosk_on(world) as table:
        card = world.office.card()
        assert table.hold(card) is MessageKind.CARD_DONE
        for _ in range(20):
            table.wait(1)
            assert table.hold(card) is None
        (event,) = [each for each in table.events() if isinstance(each, CardPoints)]
        assert (event.number, event.visit, event.points) == (1, ADULT.id, 20)
        assert event.pass_id == card.body.pass_id.hex()
        table.wait(60)
        assert table.hold(card) is MessageKind.CARD_AGAIN
        day = table.page.today[0]
        assert (day.codes, day.cards, day.people) == (0, 1, 1)


def test_cards_and_codes_share_one_count(world: World) -> None:
    with kiosk_on(world) as table:
        table.offer()
        table.hold(world.office.card())
        table.wait(2)
        table.offer()
        assert [event.number for event in table.offers()] == [1, 3]


def test_a_lost_card_a_stranger_and_a_phone_get_nothing(world: World) -> None:
    with kiosk_on(world) as table:
        lost, unlisted = world.office.card(), world.office.card(allowed=False)
        world.office.denied.add(lost.body.pass_id.hex())
        assert table.hold(lost) is MessageKind.CARD_DENIED
        assert table.hold(unlisted) is MessageKind.CARD_DENIED
        table.do(CodeSeen(b"https://elsewhere.example/"))
        assert table.sound.said[-1] is MessageKind.CARD_UNKNOWN
        phone = world.office.phone().code(int(world.wall))
        assert phone.showing is not None
        table.wait(10)
        table.do(CodeSeen(to_text(phone.shown + phone.showing.signature).encode()))
        assert table.sound.said[-1] is MessageKind.CARD_UNKNOWN
        assert not any(isinstance(event, CardPoints) for event in table.events())


def test_a_card_counts_as_the_visit_of_its_class(world: World) -> None:
    assert RULES.cards == {int(RiderClass.CHILD): CHILD.id}
    with kiosk_on(world) as table:
        table.hold(world.office.card())
        table.hold(world.office.card(rider_class=RiderClass.CHILD))
        given = [(event.visit, event.points) for event in table.events() if isinstance(event, CardPoints)]
    assert given == [(ADULT.id, ADULT.points), (CHILD.id, CHILD.points)]
