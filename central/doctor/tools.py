"""What the server's own tools say."""

from __future__ import annotations

import subprocess

TOOL_S = 5.0


def asked(*command: str) -> str | None:
    """What a tool of the system prints; None where there is no such tool, or it does not answer."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=TOOL_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip()
