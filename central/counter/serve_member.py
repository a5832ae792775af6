"""What the clerk does for a member, each act with its line in the audit log: registering, cash, tickets."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

from central.audit.write_down import write_down
from central.counter.charge_member import ChargeWanted, VoidWanted, charge, void
from central.counter.keep_cards import IssuerOf, give_card
from central.counter.open_till import ready_till
from central.counter.refusals import NotDone, Refused
from central.counter.rows import Receipt
from central.counter.store import find_command
from central.database.transaction import Connection, attempt
from central.ledger.post_orders import Refused as NotPosted
from central.members.register_member import NewMember, OtherBody, change_profile, profile_of, register
from central.members.store import find_registered
from central.tickets.sell_product import NotSold, Sold, Wanted, sell_commuter_pass, sell_ticket
from central.tickets.store import find_sale
from rules.ledger.tickets import Payment

TILL = ""
"""The one till of the office: tickets for cash are posted to it, too."""


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody to be registered: who, how many yen in cash are charged, 0 for none, and whether a card goes along."""

    who: NewMember
    yen: int
    has_card: bool


def welcome(
    connection: Connection, issuer_of: IssuerOf, new: Newcomer, command: str, staff: str, now: int
) -> str | Refused:
    """The new member's number, charged and with a card; where something of it cannot be, nothing is done.

    The same `command` again gets the same number and changes nothing.
    """
    try:
        # As a savepoint: nobody is registered half.
        with attempt(connection):
            return _welcome(connection, issuer_of, new, command, staff, now)
    except _UndoneError as undone:
        return undone.refused
    except OtherBody:
        return Refused(NotDone.REGISTERED)


def change_member(
    connection: Connection, member: str, who: NewMember, staff: str, now: int
) -> Refused | None:
    """From now on the member is this person, with the mail and language of before; written down is what changed."""
    before = profile_of(connection, member)
    if before is None:
        return Refused(NotDone.UNKNOWN_MEMBER)
    change_profile(connection, member, replace(who, mail=before.mail, language=before.language), now)
    after = profile_of(connection, member)
    assert after is not None, "a member stays one"
    changed = [
        each.name for each in fields(before) if getattr(before, each.name) != getattr(after, each.name)
    ]
    if changed:
        _write(connection, staff, "profile-changed", member, {"changed": ", ".join(changed)}, now)
    return None


def take_cash(connection: Connection, wanted: ChargeWanted, now: int) -> Receipt | Refused:
    """Charge a member for cash; the receipt."""
    is_new = find_command(connection, wanted.command) is None
    receipt = charge(connection, wanted, now)
    if is_new and isinstance(receipt, Receipt):
        detail: dict[str, str | int] = {"receipt": receipt.number, "yen": receipt.amount}
        _write(connection, wanted.staff, "cash-charged", receipt.member, detail, now)
    return receipt


def take_back_charge(connection: Connection, wanted: VoidWanted, now: int) -> Receipt | Refused:
    """Void a charge of today: cash out of the till; the void's receipt."""
    is_new = find_command(connection, wanted.command) is None
    receipt = void(connection, wanted, now)
    if is_new and isinstance(receipt, Receipt):
        detail: dict[str, str | int] = {
            "receipt": receipt.number,
            "of": wanted.receipt,
            "yen": receipt.amount,
        }
        _write(connection, wanted.staff, "charge-voided", receipt.member, detail, now)
    return receipt


def sell(
    connection: Connection, issuer_of: IssuerOf, wanted: Wanted, staff: str, now: int, *, on_card: bool
) -> Sold | NotSold | NotPosted | Refused:
    """Sell a ticket, or `on_card` a commuter pass (定期券) with its card. Cash goes into the open till."""
    if wanted.payment is Payment.CASH:
        till = ready_till(connection, TILL, now)
        if isinstance(till, Refused):
            return till
    is_new = find_sale(connection, wanted.command) is None
    if on_card:
        issuer = issuer_of(connection, now)
        if issuer is None:
            return Refused(NotDone.NO_CARDS)
        sold = sell_commuter_pass(connection, issuer, wanted, None, now)
    else:
        sold = sell_ticket(connection, wanted, now)
    if is_new and isinstance(sold, Sold):
        detail: dict[str, str | int] = {
            "product": sold.sale.product,
            "count": sold.sale.count,
            "yen": sold.sale.price,
            "by": sold.sale.payment,
        }
        if sold.issued is not None:
            detail["pass"] = sold.issued.body.pass_id.hex()
        _write(connection, staff, "ticket-sold", wanted.member, detail, now)
    return sold


def _welcome(
    connection: Connection, issuer_of: IssuerOf, new: Newcomer, command: str, staff: str, now: int
) -> str:
    is_known = find_registered(connection, command) is not None
    member = register(connection, new.who, command, now)
    if is_known:
        return member
    _write(connection, staff, "member-registered", member, {"class": int(new.who.rider_class)}, now)
    if new.yen:
        charged = take_cash(connection, ChargeWanted(f"{command}/charge", staff, TILL, member, new.yen), now)
        if isinstance(charged, Refused):
            raise _UndoneError(charged)
    # After the charge: the card says how much of it buses may take.
    if new.has_card:
        card = give_card(connection, issuer_of, member, f"{command}/card", staff, now)
        if isinstance(card, Refused):
            raise _UndoneError(card)
    return member


class _UndoneError(Exception):
    """What was begun is taken back."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused)
        self.refused = refused


def _write(
    connection: Connection, staff: str, what: str, member: str, detail: dict[str, str | int], now: int
) -> None:
    write_down(connection, f"staff:{staff}", what, f"member:{member}", detail, now)
