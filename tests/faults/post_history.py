"""The ledger on a disk whose power goes: posts a history batch by batch and tells each that stands. Its data as argument."""

from __future__ import annotations

import sys
from pathlib import Path

from central.database.transaction import Database, database_file
from tests.faults.kill_ledger import posted

if __name__ == "__main__":
    posted(Database(database_file(Path(sys.argv[1]))), "none")
    sys.stdin.read()
