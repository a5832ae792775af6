"""Who this machine is: its name, its signing key, and the office it believes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography import x509

from rules.passes.seal import PUBLIC_KEY_BYTES, Use, private_from_bytes, sign

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

SIGNING_KEY = "signing.key"
ROOT_KEY = "root.pub"


class IdentityMissing(Exception):
    """The machine has not been given its identity. The text is one sentence with the remedy."""


@dataclass(frozen=True, slots=True)
class Identity:
    """One machine's identity. `root_public` checks the office's key set."""

    device: str
    signing_key: Ed25519PrivateKey
    root_public: bytes

    def sign_batch(self, body: bytes) -> str:
        """The signature of a batch, in hex."""
        return sign(Use.BATCH, body, self.signing_key).hex()

    def sign_stick(self, digest: bytes) -> bytes:
        """The signature of a file that is carried by hand, 64 bytes."""
        return sign(Use.STICK, digest, self.signing_key)


def load_identity(folder: Path, device: str) -> Identity:
    """The identity in the data folder: `signing.key` (private) and `root.pub`, 32 bytes in hex each.

    Raises IdentityMissing, also for a signing key that others may read.
    """
    try:
        private = bytes.fromhex((folder / SIGNING_KEY).read_text(encoding="ascii"))
        public = bytes.fromhex((folder / ROOT_KEY).read_text(encoding="ascii"))
        if len(public) != PUBLIC_KEY_BYTES:
            raise ValueError(f"{ROOT_KEY}: {len(public)} bytes")
        identity = Identity(device, private_from_bytes(private), public)
        others_may_read = (folder / SIGNING_KEY).stat().st_mode & 0o077
    except (OSError, ValueError) as error:
        raise IdentityMissing(
            f"{folder} にこの端末の鍵がありません（{error}）。端末の登録をやり直してください。 / "
            f"This unit's keys are not in {folder} ({error}); enrol the unit again."
        ) from error
    if others_may_read:
        raise IdentityMissing(
            f"{folder / SIGNING_KEY} をほかの利用者も読めます。chmod 600 を実行してください。 / "
            f"Others may read {folder / SIGNING_KEY}: run chmod 600 on it."
        )
    return identity


def certificate_start(path: Path) -> int | None:
    """Unix seconds from which the PEM certificate counts, which have therefore passed; None if it cannot be read."""
    try:
        return int(x509.load_pem_x509_certificate(path.read_bytes()).not_valid_before_utc.timestamp())
    except (OSError, ValueError):
        return None
