"""Taking an unused ticket back: the lots that paid for it are restored, or the cash is given back at the desk."""

from __future__ import annotations

from enum import StrEnum

from central.charging.settle_charge import settle_member
from central.database.transaction import Connection
from central.ledger.post_orders import Refused, post
from central.network.editions.store import find_edition
from central.tickets.store import Sale, add_taken_back, find_sale, pass_holds, taken_back_by
from rules.ledger.tickets import Bought, Payment, ticket_back_order
from rules.network.in_force import service_day
from rules.products import Product
from rules.products.commuter_pass import CommuterPass


class Why(StrEnum):
    """For what an unused ticket is taken back. The values stand in the database and stay stable."""

    ABOLITION = "abolition"
    """廃止: the ticket or the line is given up."""
    MOVING = "moving"
    """転出: the member moves away."""
    LEAVING_JAPAN = "leaving-japan"
    """出国."""
    DEATH = "death"
    """死亡."""
    SAME_DAY = "same-day"
    """当日取消: sold by mistake, on the same service day."""


class NotTakenBack(StrEnum):
    """Why a ticket stays out, before anything is asked of the ledger; in words for staff."""

    NOT_SOLD = "その販売はありません / there is no such sale"
    NO_TICKET = "定期券はここでは払い戻せません / a commuter pass is not taken back here"
    ANOTHER_DAY = "当日の取消しは売った日だけです / a sale is undone on its own day only"
    TAKEN_BACK = "もう払い戻されています / it was taken back before"


def take_ticket_back(
    connection: Connection, command: str, sale_command: str, why: Why, now: int
) -> Sale | NotTakenBack | Refused:
    """Take back all that a sale gave, unused. The same `command` again gets the same answer.

    Refused by the ledger, too little, where anything of it was used.
    """
    sale = find_sale(connection, sale_command)
    if sale is None:
        return NotTakenBack.NOT_SOLD
    before = taken_back_by(connection, sale_command)
    if before is not None:
        return sale if before == command else NotTakenBack.TAKEN_BACK
    if sale.kind == CommuterPass.KIND:
        return NotTakenBack.NO_TICKET
    if why is Why.SAME_DAY and service_day(now) != service_day(sale.sold_at):
        return NotTakenBack.ANOTHER_DAY
    bought = Bought(sale.member, _product(connection, sale), sale.count, Payment(sale.payment), sale.until)
    order = ticket_back_order(command, sale_command, bought, pass_holds(connection, sale.member))
    answer = post(connection, order, now)
    if isinstance(answer, Refused):
        return answer
    settle_member(connection, sale.member, now)
    add_taken_back(connection, sale_command, command, why, now)
    return sale


def _product(connection: Connection, sale: Sale) -> Product:
    """As it was sold: an edition never changes."""
    edition = find_edition(connection, sale.edition)
    product = edition.tariff.sold_on(sale.product, service_day(sale.sold_at)) if edition else None
    if product is None:
        raise LookupError(f"edition {sale.edition} does not have product {sale.product} any more")
    return product
