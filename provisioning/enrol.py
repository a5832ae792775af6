"""On a new machine: keys made here, a certificate asked for with the printed code, everything written into one folder.

What a fresh machine trusts: the code, which somebody carried to it by hand and which says by its fingerprint who the
authority is. Its clock it does not trust, for it may have none; that the code is 15 minutes old at most is the office's
to say. So certificates are checked here for who signed them and for whose name they are, not for the time.
"""

from __future__ import annotations

import contextlib
import fcntl
import http.client
import os
import secrets
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

from rules.messages.codec import Malformed, decode, encode
from rules.messages.enrolment import (
    MAX_ANSWER_BYTES,
    Enrolled,
    EnrolRequest,
    NotEnrolled,
    Refusal,
    RenewRequest,
    UnitCode,
    authority_mark,
)
from rules.passes.seal import PUBLIC_KEY_BYTES, Use, private_from_bytes, public_bytes, sign

PAIR, AUTHORITY, SIGNING_KEY, OFFICE_KEY = "unit.pem", "authority.pem", "signing.key", "root.pub"
"""Its key with its certificate in one file, whom it believes, its own signing key, the office's public one."""
PENDING, PENDING_TLS = "enrolment.request", "enrolment.key"
RENEWED_AFTER_S = 60 * 86_400
TIMEOUT_S = 30.0
_NO_CHECK_TIME = 0x200000
"""X509_V_FLAG_NO_CHECK_TIME of OpenSSL, for which Python's ssl has no name."""


class EnrolFailed(Exception):
    """The machine has no certificate now. The text says why and what to do; `refused` is the office's reason, or ""."""

    def __init__(self, japanese: str, english: str, detail: object = "", refused: str = "") -> None:
        more = f" ({detail})" if detail else ""
        super().__init__(f"{japanese} / {english}{more}")
        self.refused = refused


@dataclass(frozen=True, slots=True)
class Door:
    """Where the office's door for machines is."""

    host: str
    port: int


def parse_door(address: str) -> Door:
    """`https://name` or `https://name:port`. Raises EnrolFailed."""
    parts = urlsplit(address)
    try:
        port = parts.port or 443
    except ValueError:
        port = 0
    if parts.scheme != "https" or not parts.hostname or port == 0 or parts.path.strip("/"):
        raise EnrolFailed(
            "--central は https:// と名前で書いてください（例 https://central.example.jp:8471）",
            "write --central as https:// and a name, such as https://central.example.jp:8471",
            address,
        )
    return Door(parts.hostname, port)


def enrol(data: Path, unit: str, door: Door, code: UnitCode) -> Enrolled:
    """Enrol this machine as `unit` and write what it needs into `data`. Raises EnrolFailed.

    Again after a failure it asks for the very same, so that an answer that was lost on its way is had after all.
    """
    with _alone(data):
        if (data / PAIR).exists():
            raise EnrolFailed(
                f"{data} はもう登録されています。やり直すときは、{PAIR} を別の場所へ移してください",
                f"{data} holds an enrolled machine; to enrol anew, move {PAIR} away first",
            )
        authority = _fetch_authority(door, code)
        body = _request(data, unit, code)
        answer = _ask(door, "/units/enrol", body, authority)
        _check(answer, unit, authority, data / PENDING_TLS)
        _write(data / AUTHORITY, authority)
        _write(data / OFFICE_KEY, answer.office_key.encode())
        # The certificate last: where it is, all is.
        _write(data / PAIR, (data / PENDING_TLS).read_bytes() + answer.certificate.encode())
        for each in (PENDING, PENDING_TLS):
            (data / each).unlink()
        return answer


def renew(data: Path, door: Door, now: int) -> Enrolled | None:
    """Get the next certificate where the present one is 60 days old, or the clock is wrong; None where it is not due.

    Raises EnrolFailed. A renewal that fails leaves the present certificate as it is.
    """
    with _alone(data):
        try:
            pair = (data / PAIR).read_bytes()
            authority = (data / AUTHORITY).read_bytes()
            certificate = x509.load_pem_x509_certificate(pair)
            key = load_pem_private_key(pair, None)
        except (OSError, ValueError) as error:
            raise EnrolFailed(
                f"{data} に証明書がありません。yukemuri-provision enrol で登録してください",
                f"there is no certificate in {data}: enrol this machine with yukemuri-provision enrol",
                error,
            ) from error
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        began = int(certificate.not_valid_before_utc.timestamp())
        if began <= now < began + RENEWED_AFTER_S:
            return None
        (name,) = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        unit = str(name.value)
        fresh = ec.generate_private_key(ec.SECP256R1())
        csr = _csr(unit, fresh)
        proof = key.sign(csr.encode(), ec.ECDSA(SHA256()))
        own = certificate.public_bytes(Encoding.PEM).decode("ascii")
        try:
            answer = _ask(door, "/units/renew", encode(RenewRequest(own, csr, proof.hex())), authority)
        except EnrolFailed as failed:
            if failed.refused == NotEnrolled.NOT_DUE:
                return None
            raise
        making = data / PENDING_TLS
        _write(making, _pem(fresh))
        _check(answer, unit, authority, making)
        _write(data / PAIR, _pem(fresh) + answer.certificate.encode())
        making.unlink()
        return answer


@contextlib.contextmanager
def _alone(data: Path) -> Iterator[None]:
    """Two of us at once would each throw the other's keys away. Raises EnrolFailed."""
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(data, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield
        finally:
            os.close(descriptor)
    except OSError as error:
        raise EnrolFailed(
            f"{data} に書けません。権限と空きを確かめてください。ほかの登録が動いていないかも見てください",
            f"{data} cannot be used: check its permissions and the disk, and that no other enrolment runs",
            error.strerror or error,
        ) from error


def _fetch_authority(door: Door, code: UnitCode) -> bytes:
    """The root's certificate, from whomever: that it is the right one, the code says. PEM."""
    blind = ssl.create_default_context()
    blind.check_hostname = False
    blind.verify_mode = ssl.CERT_NONE
    status, body = _say(door, "GET", "/units/root", b"", blind)
    try:
        certificate = x509.load_pem_x509_certificate(body)
    except ValueError:
        certificate = None
    if status != http.client.OK or certificate is None:
        raise EnrolFailed(
            "つながった先は役場の登録口ではありません。--central を確かめてください",
            "that is not the office's door for machines: check --central",
            status,
        )
    if not secrets.compare_digest(authority_mark(certificate.public_bytes(Encoding.DER)), code.authority):
        raise EnrolFailed(
            "つながった先の認証局が、コードのものと違います。登録をやめ、役場に知らせてください。コードは送っていません",
            "whoever answers there has another authority than the code says. Stop, and tell the office; the code was "
            "not sent",
        )
    return certificate.public_bytes(Encoding.PEM)


def _request(data: Path, unit: str, code: UnitCode) -> bytes:
    """The request, with its keys on disk before it is sent; one that was sent before, where it is for this code."""
    kept = data / PENDING
    if kept.exists() and (data / PENDING_TLS).exists() and (data / SIGNING_KEY).exists():
        with contextlib.suppress(Malformed):
            asked = decode(kept.read_bytes(), EnrolRequest)
            if (asked.secret, asked.unit) == (code.secret.hex(), unit):
                return kept.read_bytes()
    tls = ec.generate_private_key(ec.SECP256R1())
    secret = secrets.token_bytes(PUBLIC_KEY_BYTES)
    signing = private_from_bytes(secret)
    csr = _csr(unit, tls)
    proof = sign(Use.ENROL, csr.encode(), signing)
    body = encode(EnrolRequest(code.secret.hex(), unit, csr, public_bytes(signing).hex(), proof.hex()))
    _write(data / SIGNING_KEY, secret.hex().encode())
    _write(data / PENDING_TLS, _pem(tls))
    _write(kept, body)
    return body


def _ask(door: Door, path: str, body: bytes, authority: bytes) -> Enrolled:
    context = ssl.create_default_context(cadata=authority.decode("ascii"))
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_flags |= _NO_CHECK_TIME
    status, said = _say(door, "POST", path, body, context)
    try:
        if status == http.client.OK:
            return decode(said, Enrolled)
        refusal = decode(said, Refusal)
    except Malformed as error:
        raise EnrolFailed(
            "役場の答えを読めません。プログラムの版を確かめてください",
            "the office's answer cannot be read: check the version of this program",
            f"{status}, {error}",
        ) from error
    japanese, _, english = refusal.why.partition(" / ")
    raise EnrolFailed(japanese, english, refusal.refused, refusal.refused)


def _say(door: Door, method: str, path: str, body: bytes, context: ssl.SSLContext) -> tuple[int, bytes]:
    connection = http.client.HTTPSConnection(door.host, door.port, timeout=TIMEOUT_S, context=context)
    try:
        headers = {"Content-Type": "application/json"} if body else {}
        connection.request(method, path, body or None, headers)
        answer = connection.getresponse()
        return answer.status, answer.read(MAX_ANSWER_BYTES)
    except ssl.SSLCertVerificationError as error:
        raise EnrolFailed(
            "つながった先の証明書が、役場のものではありません。登録をやめ、役場に知らせてください",
            "whoever answers there has no certificate of the office's for that name. Stop, and tell the office",
            error.verify_message,
        ) from error
    except (OSError, http.client.HTTPException) as error:
        raise EnrolFailed(
            f"{door.host}:{door.port} につながりません。ネットワークと --central を確かめて、もう一度実行してください",
            f"{door.host}:{door.port} cannot be reached: check the network and --central, and run it again",
            error,
        ) from error
    finally:
        connection.close()


def _check(answer: Enrolled, unit: str, authority: bytes, key_file: Path) -> None:
    """Whether it is ours: our name, our key, the authority's chain. Nobody should be able to hand us another's."""
    try:
        own, intermediate = x509.load_pem_x509_certificates(answer.certificate.encode())
        own.verify_directly_issued_by(intermediate)
        intermediate.verify_directly_issued_by(x509.load_pem_x509_certificate(authority))
        (name,) = own.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        key = load_pem_private_key(key_file.read_bytes(), None)
        fits = name.value == unit == answer.unit and own.public_key() == key.public_key()
        fits = fits and len(bytes.fromhex(answer.office_key)) == PUBLIC_KEY_BYTES
    except (ValueError, TypeError, InvalidSignature) as error:
        raise _not_ours(error) from error
    if not fits:
        raise _not_ours("another name or key")


def _not_ours(detail: object) -> EnrolFailed:
    return EnrolFailed(
        "役場の答えがこの端末のものではありません。役場に知らせてください",
        "the office's answer is not for this machine: tell the office",
        detail,
    )


def _csr(unit: str, key: ec.EllipticCurvePrivateKey) -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, unit)])
    request = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, SHA256())
    return request.public_bytes(Encoding.PEM).decode("ascii")


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _write(path: Path, content: bytes) -> None:
    """For its owner alone from the first moment, whole or not at all, and on the disk."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    with open(fresh, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    descriptor = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
