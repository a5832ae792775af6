"""A bus at the bench: reads what is held before its camera with the terminal's reader, and answers by the rules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from rules.instant import Instant
from rules.passes.rider_pass import Unread, read_code
from rules.ride.admission import OfficeWord
from rules.ride.memory import PassMemory
from rules.ride.outcomes import Outcome
from rules.ride.tap import Accepted, Door, StillShown, decide_tap


@dataclass(slots=True)
class BenchDoor:
    """Everybody boards here and nobody stays aboard, so that one phone can be shown again and again."""

    door: Door
    word: OfficeWord
    now: Callable[[], Instant]
    _memories: dict[bytes, PassMemory] = field(default_factory=dict)

    def answer(self, data: bytes) -> Outcome | None:
        """What a bus answers to the bytes of one symbol; None while the code just answered is still in view."""
        read = read_code(data)
        pass_id = b"" if isinstance(read, Unread) else read.body.pass_id
        memory = self._memories.get(pass_id, PassMemory())
        decision = decide_tap(read, self.now(), self.door, self.word, memory)
        if isinstance(decision, StillShown):
            return None
        if isinstance(decision, Accepted):
            self._memories[pass_id] = replace(decision.memory, open_ride=None)
        return decision.outcome
