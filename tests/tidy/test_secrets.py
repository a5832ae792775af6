"""No key and no token lies in the repository: what a village's machines have is made on them."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pytest
from detect_secrets.core.scan import scan_line
from detect_secrets.settings import transient_settings

from tests.tidy.tree import texts

# Not those that guess by entropy: every hash and every code of a test would be a secret.
DETECTORS = (
    "AWSKeyDetector",
    "AzureStorageKeyDetector",
    "BasicAuthDetector",
    "GitHubTokenDetector",
    "GitLabTokenDetector",
    "JwtTokenDetector",
    "KeywordDetector",
    "PrivateKeyDetector",
    "SlackDetector",
    "StripeDetector",
)
BY_NAME, IN_ADDRESS = "Secret Keyword", "Basic Auth Credentials"
MADE_UP = {BY_NAME, IN_ADDRESS}
"""`password = …` and the like: in tests and in what a README shows nobody has used them."""
NOT_OURS = {"requirements.lock", "axe.min.js", "leaflet.js", "jsQR.js"}
LOOKED_AT = re.compile(
    r"passw|secret|token|api.?key|private key|akia|_live_|gh[pousr]_|glpat|xox[a-z]-|eyJ|account|://[^/\s]*:[^/\s]*@",
    re.IGNORECASE,
)
"""Lines without any of it hold nothing that a detector knows, and each would take it a millisecond."""


def found_in(lines: Iterable[str]) -> set[str]:
    """What somebody left there, by its kind."""
    with transient_settings({"plugins_used": [{"name": name} for name in DETECTORS]}):
        return {secret.type for line in lines if LOOKED_AT.search(line) for secret in scan_line(line)}


def test_nobody_left_a_key_or_a_token() -> None:
    left = {}
    for name, text in texts():
        if name.rpartition("/")[2] not in NOT_OURS:
            made_up = MADE_UP if name.startswith("tests/") or name.endswith(".md") else set()
            left[name] = found_in(text.splitlines()) - made_up
    assert {name: kinds for name, kinds in left.items() if kinds} == {}


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("-----BEGIN {} PRIVATE KEY-----", "Private Key"),
        ('key = "{}_live_' + "a1B2" * 8 + '"', "Stripe Access Key"),
        ('broker = "mqtt://central:{}@127.0.0.1"', IN_ADDRESS),
        ('password = "{}horse-battery"', BY_NAME),
    ],
)
def test_the_search_finds(line: str, kind: str) -> None:
    parts = {"Stripe Access Key": "sk", "Private Key": "EC"}
    assert kind in found_in([line.format(parts.get(kind, "pass-"))])
