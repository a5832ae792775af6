"""Programmes: what a lot belongs to. Who issued it and under which law decides what the office must report of it."""

from __future__ import annotations

from typing import Final

KURAPO_PAID: Final = "kurapo"
"""くらポ that somebody paid for."""
