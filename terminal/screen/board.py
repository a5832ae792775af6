"""Where the loop pins up its snapshot for the driver's page."""

from __future__ import annotations

from device.screen import board
from terminal.screen.snapshot import Snapshot


class Board(board.Board[Snapshot]):
    """An empty snapshot stands there before the first."""

    def __init__(self) -> None:
        super().__init__(Snapshot())
