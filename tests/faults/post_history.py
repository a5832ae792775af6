"""The ledger on a disk whose power goes: posts into the data folder it is given, and tells what stands.

A history batch by batch, or with the word "callers" many threads that post together.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from central.database.transaction import Database, database_file
from central.ledger.post_orders import Refused
from central.ledger.post_together import PostTogether
from rules.ledger.order import Order
from tests.central.office import NOW
from tests.faults.kill_ledger import posted
from tests.ledger.scenes import comes, pays

CALLERS, EACH = 8, 40


def call(together: PostTogether, caller: int, tell: Callable[[str], object]) -> None:
    """One thread's charges and spends, each told once it is answered."""
    for nth in range(EACH):
        for order in caller_s_orders(caller, nth):
            answer = together.post(order, NOW)
            if not isinstance(answer, Refused):
                tell(order.command)


def caller_s_orders(caller: int, nth: int) -> list[Order]:
    """Each of its own, and one that all ask."""
    return [comes(f"charge {caller} {nth}", 5), pays(f"pay {caller} {nth}", 3), pays(f"all {nth}", 1)]


def call_all(database: Database, tell: Callable[[str], object] = lambda _: None) -> None:
    """All threads, to the end."""
    together = PostTogether(database)
    with ThreadPoolExecutor(CALLERS) as pool:
        for done in [pool.submit(call, together, caller, tell) for caller in range(CALLERS)]:
            done.result()


if __name__ == "__main__":
    _, data, *how = sys.argv
    opened = Database(database_file(Path(data)))
    if how:
        call_all(opened, lambda command: os.write(1, f"{command}\n".encode()))
    else:
        posted(opened, "none")
    sys.stdin.read()
