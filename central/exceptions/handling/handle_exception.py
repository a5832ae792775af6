"""Staff take an exception on, write a note about it, close it and open it again."""

from __future__ import annotations

from central.database.transaction import Connection
from central.exceptions.handling import store
from central.exceptions.handling.acts import NotDone, Refused, Wish, changes_nothing, decide, stands
from central.exceptions.place import Place


def handle(connection: Connection, place: Place, wish: Wish, now: int) -> Refused | bool:
    """Do it at Unix second `now`: True where something changed, False where it was so already, or why not.

    In one write transaction, so of two clerks at once the second learns of the first.
    """
    found = store.how_it_is(connection, place)
    if found is None:
        return Refused(NotDone.GONE)
    times, solved = found
    state, by = stands(store.acts_about(connection, [place])[place], times, solved=solved)
    if changes_nothing(wish, state, by):
        return False
    refused = decide(wish, state, by)
    if refused is not None:
        return refused
    store.add_act(connection, place, wish, now)
    return True
