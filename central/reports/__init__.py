"""The reports that the office can ask for."""

from __future__ import annotations

from central.reports.close_month import CLOSING
from central.reports.unused import UNUSED

REPORTS = (CLOSING, UNUSED)
"""Every one, under its slug; each is a command of `yukemuri-central ledger`."""
