"""What may leave a machine in a support bundle, and what is struck out first."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

STRUCK = "■"
SHOWN = frozenset(
    {
        *("id", "village", "data", "host", "port", "device", "reader", "address", "ride_address", "gateway"),
        *("opens", "closes", "ja", "en", "cards", "broker_host", "broker_port", "broker_pid", "record"),
    }
)
"""The settings whose words are shown. What is not named here may be a secret, so a new one is struck out at first."""
LEAST_NAME = 2
"""Characters; a single one would strike out half a log."""

_PATTERNS = (
    # A code as it stands in a picture: pass, card, point code.
    re.compile(r"(?i)\bY[A-Z][0-9]:[^\s\"'<>]+"),
    # PEM and age: from the beginning to the end, and to the end of the text where the end was cut off.
    re.compile(r"-----BEGIN [^-]+-----.*?(?:-----END [^-]+-----|\Z)", re.DOTALL),
    re.compile(r"\bAGE-SECRET-KEY-1\S+"),
    re.compile(r"\b(?:sk|rk|whsec|pk)_\S+"),
    # What stands behind such a word, also as a part of a longer one, in quotes, in JSON, or after Bearer.
    re.compile(
        r"(?i)[\w-]*(?:password|passwd|passphrase|secret|token|pin|code|key|cookie|authorization|暗証番号|パスワード)"
        r"[\"']?\s*[=:：]\s*(?:\"[^\"\n]*\"?|'[^'\n]*'?|(?:bearer|basic)\s+\S+|\S+)"
    ),
    re.compile(r"(?i)\b(?:password|passphrase|secret|token)\s+(?:is\s+)?(?:\"[^\"\n]*\"?|'[^'\n]*'?|\S+)"),
    re.compile(r"(?i)(?:\bpin|暗証番号|パスワード|コード)[は\s]*\d{3,}"),
    # A signed token of the web.
    re.compile(r"\beyJ[\w-]+(?:\.[\w-]+)*"),
    re.compile(r"(?<=#)[A-Za-z0-9_-]{16,}"),
    re.compile(r"(?<=:/{2})[^\s/@]+(?=@)"),
    re.compile(r"\b[\w.+-]+@[\w-]+\.[\w.-]+"),
    # A telephone's number, as people write it.
    re.compile(r"(?<![\w.:-])(?:\+81|[0０])[-− ]?\d{1,4}[-−‐－ )）]{1,2}\d{1,4}[-−‐－ ]\d{3,4}\b"),
    # A card's number as readers print it; a time of day has three pairs.
    re.compile(r"(?i)\b(?:[0-9a-f]{2}:){3,}[0-9a-f]{2}\b"),
    # Long words of hex or base64: keys, hashes, passes, sessions. A UUID is one too.
    re.compile(r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b"),
    re.compile(r"(?<![\w/+-])(?=[\w+/-]*[0-9])[A-Za-z0-9_+-]{20,}={0,2}"),
    re.compile(r"\b\d{6,}\b"),
)


def struck_out(text: str, names: Iterable[str] = ()) -> str:
    """The text without passes, cards, tokens, keys and addresses of mail, and without `names`.

    Rather too much than too little: a day in a log has hyphens and stays, six digits in a row do not.
    """
    # The longest first, so that no name is left in part.
    for name in sorted({each for each in names if len(each) >= LEAST_NAME}, key=len, reverse=True):
        text = re.sub(re.escape(name), STRUCK, text, flags=re.IGNORECASE)
    for pattern in _PATTERNS:
        text = pattern.sub(STRUCK, text)
    return text


def settings_text(settings: Mapping[str, Any]) -> str:
    """Settings as they are in force, JSON with a name a line; of the words in it, those in SHOWN alone."""
    return json.dumps(_shown("", settings), ensure_ascii=False, indent=1) + "\n"


def _shown(name: str, value: object) -> object:
    if isinstance(value, Mapping):
        return {key: _shown(str(key), each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_shown(name, each) for each in value]
    if value is None or isinstance(value, bool | int | float) or value == "":
        return value
    if name == "source":
        # camera:0, csi:0, file:… or an address with a word in it: what kind it is says enough.
        return f"{str(value).partition(':')[0]}:{STRUCK}"
    return struck_out(str(value)) if name in SHOWN else STRUCK
