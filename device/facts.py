"""What the parts of every field machine report to its loop. Facts carry no decisions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from device.reader.messages import Hint
from rules.messages.link import Ack, Cursor, DownPage

if TYPE_CHECKING:
    # It loads the journal, and the journal's libraries much else that a picture's reader does not need.
    from device.reading_out import ReadQuestion, ReadReply
    from device.standing import AskStanding
    from device.stick.desk import Question, Reply
    from rules.messages.standing import Standing


@dataclass(frozen=True, slots=True)
class CodeSeen:
    """The camera read a code in one frame: its bytes, once per frame it stands in."""

    data: bytes


@dataclass(frozen=True, slots=True)
class CodeUnread:
    """A code stands before the camera for a while and cannot be read; what would help. Said again while it stands."""

    hint: Hint


@dataclass(frozen=True, slots=True)
class CameraState:
    """The camera or its reader came or went. `problem` is "" while codes can be read.

    `note` is what should be done although they can: a fogged or dirty lens.
    """

    problem: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class LinkUp:
    """Connected to the broker and subscribed."""


@dataclass(frozen=True, slots=True)
class LinkDown:
    """There is no connection. `reason` is a sentence for the driver."""

    reason: str


@dataclass(frozen=True, slots=True)
class Heard:
    """A message from central."""

    message: Cursor | Ack | DownPage


@dataclass(frozen=True, slots=True)
class Asked:
    """A command wants something of the journal. `tell` takes the reply, from the loop's thread, and returns at once."""

    question: Question | ReadQuestion | AskStanding
    tell: Callable[[Reply | ReadReply | Standing], None]


CodeFact = CodeSeen | CodeUnread | CameraState
"""What a camera or a scanner module reports."""

FieldFact = CodeFact | LinkUp | LinkDown | Heard | Asked
"""What a machine of any kind hears."""
