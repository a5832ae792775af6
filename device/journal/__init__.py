"""The journal and what it is made of; `journal.py` is the way in."""

from device.journal.file import PRAGMAS, JournalBroken
from device.journal.holding import Holding, JournalUnreadable, read_holding
from device.journal.journal import ALARM_PERCENT, Agreement, Journal, JournalUnusable
from device.journal.record import Keep, Record

__all__ = [
    "ALARM_PERCENT",
    "PRAGMAS",
    "Agreement",
    "Holding",
    "Journal",
    "JournalBroken",
    "JournalUnreadable",
    "JournalUnusable",
    "Keep",
    "Record",
    "read_holding",
]
