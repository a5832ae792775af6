"""What fits into a field. All of these raise ValueError with a sentence that names the field."""

from __future__ import annotations

U16 = 0xFFFF
U32 = 0xFFFFFFFF


def within(name: str, value: int, low: int, high: int) -> None:
    """Both ends belong to the range."""
    if not low <= value <= high:
        raise ValueError(f"{name} must be from {low} to {high}, not {value}")


def has_length(name: str, data: bytes, length: int) -> None:
    """`length` in bytes."""
    if len(data) != length:
        raise ValueError(f"{name} must have {length} bytes, not {len(data)}")
