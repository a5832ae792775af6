"""Signatures: what is signed names its use, so that no signature serves for anything else.

Ed25519 (RFC 8032) for offices and machines; ECDSA on P-256 with SHA-256 for phones, because browsers keep
such keys non-extractable. The only file that imports `cryptography`. Nothing is cached.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TypeAlias

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

SigningKey: TypeAlias = Ed25519PrivateKey
"""The private key of the office, of the root or of a machine."""

PhoneKey: TypeAlias = EllipticCurvePrivateKey
"""The private key of a phone, on P-256."""

SIGNATURE_BYTES = 64
PUBLIC_KEY_BYTES = 32
COMPRESSED_KEY_BYTES = 33

_HALF = SIGNATURE_BYTES // 2
_P = 2**255 - 19
_D = -121665 * pow(121666, -1, _P) % _P
"""The field and the constant of Ed25519's curve (RFC 8032, 5.1)."""


class Use(StrEnum):
    """What a signature is for. The values are signed and stay as they are."""

    PASS = "pass"
    SHOW = "show"
    SHOW_SHORT = "show-short"
    POINT = "point"
    BATCH = "batch"
    DOWN = "down"
    KEYS = "keys"
    STICK = "stick"
    WORD = "word"
    RIDE = "ride"
    ENROL = "enrol"
    RELEASE = "release"


def sealed_bytes(use: Use, body: bytes) -> bytes:
    """What is signed for `body`. The prefix is never sent."""
    return f"yukemuri/{use}/v1".encode() + body


def sign(use: Use, body: bytes, private: SigningKey) -> bytes:
    """64 bytes of Ed25519."""
    return private.sign(sealed_bytes(use, body))


def check(use: Use, body: bytes, signature: bytes, public: bytes) -> bool:
    """Whether `signature` is that of `public` (32 raw bytes). Any other bytes are a False, never an error."""
    if _is_weak(public):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, sealed_bytes(use, body))
    except (InvalidSignature, ValueError):
        return False
    return True


def sign_show(use: Use, body: bytes, private: PhoneKey) -> bytes:
    """64 bytes of ECDSA, r and s of 32 bytes each; the same call gives the same bytes (RFC 6979)."""
    der = private.sign(sealed_bytes(use, body), ECDSA(SHA256(), deterministic_signing=True))
    r, s = decode_dss_signature(der)
    return r.to_bytes(_HALF, "big") + s.to_bytes(_HALF, "big")


def check_show(use: Use, body: bytes, signature: bytes, public_compressed: bytes) -> bool:
    """Whether `signature` (r and s) is that of the P-256 key `public_compressed` (33 bytes).

    A point that is not on the curve, r or s out of range and any other bytes are a False, never an error.
    """
    if len(signature) != SIGNATURE_BYTES or len(public_compressed) != COMPRESSED_KEY_BYTES:
        return False
    r, s = int.from_bytes(signature[:_HALF], "big"), int.from_bytes(signature[_HALF:], "big")
    try:
        public = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), public_compressed)
        public.verify(encode_dss_signature(r, s), sealed_bytes(use, body), ECDSA(SHA256()))
    except (InvalidSignature, ValueError):
        return False
    return True


def _is_weak(public: bytes) -> bool:
    """Whether `public` is a point of order 1, 2, 4 or 8, under which anybody can sign.

    OpenSSL takes such keys, and 32 zeros, the likeliest thing to stand where a key was forgotten, are one of them.
    The orders up to 4 have y = 0, 1 or -1; order 8 doubles to y = 0, which makes d·y⁴ + 2·y² = 1.
    """
    y = int.from_bytes(public, "little") % 2**255
    return y * (y**2 - 1) * (_D * y**4 + 2 * y**2 - 1) % _P == 0


def private_from_bytes(raw: bytes) -> SigningKey:
    """The Ed25519 key of 32 secret bytes. Raises ValueError for any other number of bytes."""
    return Ed25519PrivateKey.from_private_bytes(raw)


def public_bytes(private: SigningKey) -> bytes:
    """The 32 bytes of its public half."""
    return private.public_key().public_bytes_raw()


def compressed(private: PhoneKey) -> bytes:
    """The 33 bytes of its public half: 2 or 3 for the sign of y, then x."""
    return private.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
