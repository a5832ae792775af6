"""The kinds of product on sale. A single ride is none of them: it is the fare itself, and nothing is sold before it."""

from __future__ import annotations

from rules.products.bus_ticket import BusTicket
from rules.products.commuter_pass import CommuterPass
from rules.products.return_ticket import ReturnTicket

PassProduct = CommuterPass
"""What a pass may carry, so that buses must know it."""

Product = PassProduct | BusTicket | ReturnTicket
"""Any of them, for the type checker."""

PRODUCTS: tuple[type[Product], ...] = (CommuterPass, BusTicket, ReturnTicket)
"""Every kind that a tariff may hold, and its file (rules/messages/tariff_file.py) may name."""

OFFICE_ONLY = "office/"
"""So begins the name of a kind that only the office deals in: a machine that does not know it does without."""
