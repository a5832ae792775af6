"""A machine's page, touched as a finger would and read as it is drawn."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

PATIENCE_S = 5.0


class TouchPage:
    """The page of the screen at `url`, which ends with a slash."""

    def __init__(self, url: str) -> None:
        self.url = url

    def touch(self, path: str, **fields: object) -> bool:
        """Whether the page takes what that touch sends."""
        request = urllib.request.Request(
            f"{self.url}{path}",
            data=urllib.parse.urlencode(fields).encode(),
            headers={"X-Screen-Key": str(self.picture()["key"]), "Origin": self.url.rstrip("/")},
        )
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_S):
                return True
        except urllib.error.HTTPError:
            return False

    def picture(self) -> dict[str, Any]:
        """What is drawn now, region by region."""
        with urllib.request.urlopen(f"{self.url}now", timeout=PATIENCE_S) as answer:
            picture: dict[str, Any] = json.load(answer)
        return picture
