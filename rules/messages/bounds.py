"""How large a whole number on the wire may be. JSON knows no end to them; books, journals and pages do."""

from __future__ import annotations

from typing import Annotated

import msgspec

from rules.money import Yen

MAX_WHOLE = 2**53
"""Above every number of ours, and still a whole one in any JSON reader and any database."""

_bounds = msgspec.Meta(ge=-MAX_WHOLE, le=MAX_WHOLE)

Whole = Annotated[int, _bounds]
WholeYen = Annotated[Yen, _bounds]
