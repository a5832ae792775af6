"""The office's end of the down log: keys, entries, and pages signed for a machine."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from rules.messages.codec import down_body, encode
from rules.messages.edition_file import pack_edition, seal_edition, split_edition
from rules.messages.link import AnyEntry, CardAllowed, DownPage, EditionPart, KeysHeld
from rules.network.edition import Edition
from rules.passes.key_set import Key, KeySet, pack_key_set
from rules.passes.seal import SigningKey, Use, private_from_bytes, public_bytes, sign

DEVICE = "bus-001"
LOG = "log-1"
FOR_EVER = 2**32 - 1


def key(number: int) -> SigningKey:
    """A key that belongs to nobody."""
    return private_from_bytes(number.to_bytes(32, "big"))


ROOT, DOWN, NEXT_DOWN, STRANGER = key(1), key(2), key(3), key(4)
ROOT_PUBLIC = public_bytes(ROOT)
KID, NEXT_KID = 1, 2


def keys(
    number: int, *down: tuple[int, SigningKey], root: SigningKey = ROOT, until: int = FOR_EVER
) -> KeysHeld:
    """Key set `number` with these keys for pages, signed by the root."""
    held = tuple(Key(kid, Use.DOWN, public_bytes(each), 0, until) for kid, each in down or ((KID, DOWN),))
    return KeysHeld(pack_key_set(KeySet(number, held), root).hex())


def card(number: int) -> CardAllowed:
    """A card that may ride."""
    return CardAllowed(card_id(number))


def card_id(number: int) -> str:
    """The pass id of `card(number)`."""
    return f"{number:016x}"


def edition_parts(edition: Edition, signed_by: SigningKey = DOWN, kid: int = KID) -> list[EditionPart]:
    """The edition cut into three parts, as a larger one is."""
    sealed = seal_edition(pack_edition(edition), kid, lambda body: sign(Use.DOWN, body, signed_by))
    (whole,) = split_edition(edition.number, sealed)
    third = len(whole.data) // 12 * 4
    pieces = (whole.data[:third], whole.data[third : 2 * third], whole.data[2 * third :])
    return [replace_part(whole, part, data) for part, data in enumerate(pieces)]


def replace_part(whole: EditionPart, part: int, data: str) -> EditionPart:
    """One of three parts."""
    return EditionPart(whole.number, part, 3, data)


def page(
    first: int,
    entries: Sequence[AnyEntry],
    *,
    log: str = LOG,
    device: str = DEVICE,
    kid: int = KID,
    signed_by: SigningKey = DOWN,
) -> DownPage:
    """Entries `first`, `first` + 1, … signed for `device`."""
    bodies = [encode(entry) for entry in entries]
    signature = sign(Use.DOWN, down_body(device, log, first, bodies), signed_by).hex()
    return DownPage(log, first, [msgspec.Raw(body) for body in bodies], kid, signature)


def unsigned(signed: DownPage, signature: str) -> DownPage:
    """The page with another signature."""
    return msgspec.structs.replace(signed, signature=signature)
