"""A support bundle: what somebody far away needs to see, in one file that may be mailed."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from io import BytesIO

READ_ME = (
    "ゆけむりの保守用の束です。パス、カード、鍵、暗証番号、氏名は入っていません。\n"
    "This is a support bundle of Yukemuri. It holds no pass, card, key, PIN or name.\n\n"
    "doctor.json   診断 / what doctor said\n"
    "settings.json 設定（秘密は■） / settings, secrets struck out\n"
    "versions.txt  版 / versions\n"
    "log.txt       記録の終わり（秘密は■） / the end of the log, secrets struck out\n"
)


def packed(files: Mapping[str, str]) -> bytes:
    """A zip of these texts by their names, with a word on what they are. The same texts make the same bytes."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as out:
        for name, text in {"README.txt": READ_ME, **files}.items():
            # Without the time of day: a bundle names no moment that doctor.json does not.
            out.writestr(zipfile.ZipInfo(name), text.encode(), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
