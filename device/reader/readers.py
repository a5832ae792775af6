"""Which library reads the codes."""

from __future__ import annotations

from enum import StrEnum


class Reader(StrEnum):
    """A setting's word. zbar runs in the child alone, never where the journal is."""

    ZXING = "zxing"
    PYZBAR = "pyzbar"
