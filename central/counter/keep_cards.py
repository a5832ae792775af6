"""Cards at the counter: handed out, blocked after a loss, re-issued; and the PIN that belongs to a number."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from central.access.passphrases import draw_pin, put_pin
from central.access.store import end_sessions_of
from central.audit.write_down import write_down
from central.counter.refusals import NotDone, Refused
from central.database.transaction import Connection
from central.japan import day_of
from central.members.register_member import profile_of
from central.members.store import Standing, standing_of
from central.office_rules.in_force import rule_in_force
from central.passes.deny_pass import deny_pass
from central.passes.hand_out_card import hand_out_card
from central.passes.issue_pass import PAY_PER_RIDE, Issuer, PassWanted
from central.passes.renew_pass import begins_at
from central.passes.replace_pass import Lost, NotReplaced, replace_pass
from central.passes.store import KnownPass, find_pass, find_request, passes_of_member
from rules.passes.rider_pass import IssuedPass, PassKind, RiderClass

IssuerOf = Callable[[Connection, int], Issuer | None]
"""Who issues passes at a Unix second; None where nobody can: see NotDone.NO_CARDS."""
_HOUR_S, _DAY_S = 3_600, 86_400


class WhyBlocked(StrEnum):
    """Why a card is blocked. The values go to machines and into the audit log and stay stable."""

    LOST = "lost"
    STOLEN = "stolen"
    DAMAGED = "damaged"
    GIVEN_BACK = "given-back"


def card_wanted(connection: Connection, member: str, rider_class: RiderClass, now: int) -> PassWanted:
    """A card that pays for each ride, good at once and for as long as the office has set, to the end of a service day.

    What it keeps is set aside as long, and the office's keys count for three years: the rule's bounds stay within.

    It begins now and not at the full hour: a bus that has not heard of it takes it by grace only if it began after
    the bus heard last.
    """
    days = rule_in_force(connection, "passes.card_days", day_of(now))
    hours = (begins_at(now + days * _DAY_S) - now) // _HOUR_S
    return PassWanted(member, rider_class, party=1, valid_from=now, life_hours=hours)


def give_card(
    connection: Connection, issuer_of: IssuerOf, member: str, command: str, staff: str, now: int
) -> IssuedPass | Refused:
    """A card for the member; the same `command` again is the same one. What is free is set aside for its rides."""
    profile, issuer = profile_of(connection, member), issuer_of(connection, now)
    if profile is None:
        return Refused(NotDone.UNKNOWN_MEMBER)
    if standing_of(connection, member) is Standing.CLOSED:
        return Refused(NotDone.MEMBER_CLOSED)
    if issuer is None:
        return Refused(NotDone.NO_CARDS)
    is_new = find_request(connection, command) is None
    issued = hand_out_card(
        connection, issuer, card_wanted(connection, member, profile.rider_class, now), command, now
    )
    if issued is None:
        return Refused(NotDone.OTHER_COMMAND)
    if is_new:
        detail = {"pass": issued.body.pass_id.hex()}
        write_down(connection, f"staff:{staff}", "card-given", f"member:{member}", detail, now)
    return issued


def block_card(
    connection: Connection, member: str, pass_id: str, why: WhyBlocked, staff: str, now: int
) -> Refused | None:
    """Let a card ride no more, and what was renewed from it; of a phone, all its passes, and its sign-ins end.

    Blocked again it changes nothing.
    """
    known = find_pass(connection, pass_id)
    if known is None or known.member != member:
        return Refused(NotDone.NO_CARD)
    for each in _blocked_with(connection, known, now):
        for name in deny_pass(connection, each, why, now):
            detail = {"pass": name, "why": why.value}
            write_down(connection, f"staff:{staff}", "card-blocked", f"member:{member}", detail, now)
    if known.issued.body.kind is PassKind.PHONE:
        # Whoever has the phone would ask for the next pass.
        end_sessions_of(connection, f"member:{member}", now)
    return None


def reissue_card(
    connection: Connection,
    issuer_of: IssuerOf,
    member: str,
    lost: Lost,
    staff: str,
    now: int,
) -> IssuedPass | Refused:
    """Another card in place of a lost one, which is blocked first; all lots stay. The same command, the same card."""
    profile, known, issuer = (
        profile_of(connection, member),
        find_pass(connection, lost.pass_id),
        issuer_of(connection, now),
    )
    if profile is None or known is None or known.member != member:
        return Refused(NotDone.NO_CARD)
    if standing_of(connection, member) is Standing.CLOSED:
        return Refused(NotDone.MEMBER_CLOSED)
    if issuer is None:
        return Refused(NotDone.NO_CARDS)
    is_new = find_request(connection, lost.command) is None
    if is_new:
        block_card(connection, member, lost.pass_id, WhyBlocked(lost.reason), staff, now)
    issued = replace_pass(
        connection, issuer, lost, _in_place_of(connection, known, profile.rider_class, now), now
    )
    match issued:
        case NotReplaced.REPLACED:
            return Refused(NotDone.CARD_REPLACED)
        case NotReplaced():
            return Refused(NotDone.OTHER_COMMAND)
    if is_new:
        detail = {"pass": issued.body.pass_id.hex(), "for": lost.pass_id}
        write_down(connection, f"staff:{staff}", "card-reissued", f"member:{member}", detail, now)
    return issued


def give_pin(connection: Connection, member: str, draw: Callable[[int], int], staff: str, now: int) -> str:
    """A new PIN for the member, to be printed and kept nowhere; the one before is worth nothing from now on.

    `draw` gives a whole number below its argument.
    """
    pin = draw_pin(draw)
    refused = put_pin(connection, member, pin, now)
    assert refused is None, "what is drawn is taken"
    write_down(connection, f"staff:{staff}", "pin-given", f"member:{member}", {}, now)
    return pin


def _blocked_with(connection: Connection, known: KnownPass, now: int) -> list[str]:
    pass_id = known.issued.body.pass_id.hex()
    if known.issued.body.kind is PassKind.CARD:
        return [pass_id]
    return [
        body.pass_id.hex()
        for each in passes_of_member(connection, known.member)
        if (body := each.issued.body).kind is PassKind.PHONE and body.valid_until > now
    ]


def _in_place_of(connection: Connection, known: KnownPass, rider_class: RiderClass, now: int) -> PassWanted:
    """What a lost card was good for: its commuter pass for the days that are left, or single rides."""
    body = known.issued.body
    if body.product == PAY_PER_RIDE or body.valid_until <= now:
        return card_wanted(connection, known.member, rider_class, now)
    begins = max(now, body.valid_from)
    hours = (body.valid_until - begins) // _HOUR_S
    return PassWanted(known.member, body.rider_class, 1, begins, hours, body.flags, body.product)
