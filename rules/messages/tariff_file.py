"""The office's tariff as JSON: on its own, and as a part of an edition's file."""

from __future__ import annotations

import msgspec

from rules.messages.codec import Malformed, decode
from rules.products import OFFICE_ONLY, PRODUCTS
from rules.tariff.ages import ChildAges
from rules.tariff.classes import ClassRule
from rules.tariff.tariff import Tariff

_KINDS = {kind.KIND: kind for kind in PRODUCTS}


class _Form(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """`products` are pairs of a kind's name and what that kind holds."""

    classes: list[ClassRule]
    ages: list[ChildAges]
    products: list[tuple[str, msgspec.Raw]]


def pack_tariff(tariff: Tariff) -> bytes:
    """The tariff as JSON. Equal tariffs give the same bytes."""
    products = [(each.KIND, msgspec.Raw(msgspec.json.encode(each))) for each in tariff.products]
    return msgspec.json.encode(_Form(list(tariff.classes), list(tariff.ages), products))


def unpack_tariff(packed: bytes) -> Tariff:
    """The tariff that was packed. Raises Malformed for any other bytes, and for rules that contradict one another.

    Kinds of product that are unknown here are left out where only the office deals in them.
    """
    form = decode(packed, _Form)
    try:
        products = tuple(
            decode(body, _KINDS[kind])
            for kind, body in form.products
            if kind in _KINDS or not kind.startswith(OFFICE_ONLY)
        )
        return Tariff(tuple(form.classes), tuple(form.ages), products)
    except KeyError as error:
        raise Malformed(f"a product of an unknown kind, {error}; update this machine") from error
    except ValueError as error:
        raise Malformed(str(error)) from error
