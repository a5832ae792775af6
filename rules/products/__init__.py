"""The kinds of product that may ride in place of a single fare."""

from __future__ import annotations

from rules.products.commuter_pass import CommuterPass

Product = CommuterPass
"""Any of them, for the type checker."""

PRODUCTS: tuple[type[Product], ...] = (CommuterPass,)
"""Every kind that a tariff may hold, and its file (rules/messages/tariff_file.py) may name."""
