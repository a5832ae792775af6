"""What `init` makes: certificates field by field, what the intermediate's key is not good for, nothing overwritten."""

from __future__ import annotations

import ipaddress
import stat
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from central.enrolment.authority import Authority, open_authority
from provisioning.make_central import InitRefused, Ports, make_central
from rules.messages.enrolment import authority_mark
from tests.central.office import NOW

VILLAGE, NAME = "ohkura", "central.example.jp"
PORTS = Ports(1883, "", 8883, "127.0.0.1", 8471)
OPENSSL_TIME = str(NOW)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "stick").mkdir()
    make_central(tmp_path / "data", tmp_path / "stick", VILLAGE, [NAME, "192.0.2.7"], PORTS, NOW)
    return tmp_path / "data"


@pytest.fixture
def authority(data: Path) -> Authority:
    found = open_authority(data)
    assert found is not None
    return found


def loaded(data: Path, name: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate((data / "authority" / name).read_bytes())


def usages(certificate: x509.Certificate) -> set[str]:
    usage = certificate.extensions.get_extension_for_class(x509.KeyUsage)
    assert usage.critical
    names = "digital_signature content_commitment key_encipherment data_encipherment key_agreement"
    return {name for name in (*names.split(), "key_cert_sign", "crl_sign") if getattr(usage.value, name)}


def purposes(certificate: x509.Certificate) -> list[x509.ObjectIdentifier]:
    extended = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    assert extended.critical
    return list(extended.value)


def constraints(certificate: x509.Certificate) -> tuple[bool, int | None]:
    basic = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    assert basic.critical
    return basic.value.ca, basic.value.path_length


def named(name: x509.GeneralName) -> str:
    return name.value.rfc4514_string() if isinstance(name, x509.DirectoryName) else str(name.value)


def test_every_field_of_every_certificate_is_as_it_must_be(data: Path, authority: Authority) -> None:
    root, intermediate, server = (
        loaded(data, name) for name in ("root.pem", "intermediate.pem", "server.pem")
    )
    unit = x509.load_pem_x509_certificate(sign(authority, "bus-001").encode())
    assert [constraints(each) for each in (root, intermediate, server, unit)] == [
        (True, 1),
        (True, 0),
        (False, None),
        (False, None),
    ]
    assert [usages(each) for each in (root, intermediate, server, unit)] == [
        {"key_cert_sign"},
        {"key_cert_sign", "crl_sign"},
        {"digital_signature"},
        {"digital_signature"},
    ]
    client, at_server = [ExtendedKeyUsageOID.CLIENT_AUTH], [ExtendedKeyUsageOID.SERVER_AUTH]
    assert [purposes(each) for each in (intermediate, server, unit)] == [client, at_server, client]
    limits = intermediate.extensions.get_extension_for_class(x509.NameConstraints)
    assert limits.critical
    assert [named(each) for each in limits.value.permitted_subtrees or ()] == [f"OU=units,O={VILLAGE}"]
    assert [named(each) for each in limits.value.excluded_subtrees or ()] == [
        *(f"CN=central,OU=units,O={VILLAGE}", "", "0.0.0.0/0", "::/0")
    ]
    for each, years in ((root, 20), (intermediate, 10), (server, 10)):
        assert each.not_valid_after_utc == datetime.fromtimestamp(NOW, UTC) + timedelta(days=365 * years)
    assert unit.subject.rfc4514_string() == f"CN=bus-001,OU=units,O={VILLAGE}"
    assert unit.not_valid_after_utc - unit.not_valid_before_utc == timedelta(days=90, hours=1)
    assert unit.not_valid_after_utc == datetime.fromtimestamp(NOW, UTC) + timedelta(days=90)
    names = server.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == [NAME]
    assert names.get_values_for_type(x509.IPAddress) == [ipaddress.ip_address("192.0.2.7")]
    for each, issuer in ((root, root), (intermediate, root), (server, root), (unit, intermediate)):
        each.verify_directly_issued_by(issuer)
        assert isinstance(each.signature_hash_algorithm, SHA256)
        assert each.version is x509.Version.v3
    assert len({each.serial_number for each in (root, intermediate, server, unit)}) == 4
    assert authority.mark == authority_mark(root.public_bytes(Encoding.DER))


def test_the_root_s_key_is_on_the_stick_alone_and_every_key_is_its_owner_s(
    data: Path, tmp_path: Path
) -> None:
    key = (tmp_path / "stick" / f"yukemuri-{VILLAGE}-root.key").read_bytes()
    files = [each for each in data.rglob("*") if each.is_file()]
    assert len(files) > 9
    assert not [each for each in files if key in each.read_bytes()]
    for each in (*files, *(tmp_path / "stick").iterdir()):
        assert stat.S_IMODE(each.stat().st_mode) == 0o600, each


def sign(authority: Authority, unit: str) -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    return authority.sign_unit(unit, key.public_key(), "x", NOW).pem


def verifies(data: Path, tmp_path: Path, certificate: x509.Certificate, purpose: str, *between: Path) -> bool:
    file = tmp_path / "leaf.pem"
    file.write_bytes(certificate.public_bytes(Encoding.PEM))
    chain = [
        word for each in (data / "authority/intermediate.pem", *between) for word in ("-untrusted", str(each))
    ]
    command = ["openssl", "verify", "-attime", OPENSSL_TIME, "-purpose", purpose]
    command += ["-CAfile", str(data / "authority/root.pem"), *chain, str(file)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def signed(
    authority: Authority, subject: list[tuple[x509.ObjectIdentifier, str]], *extensions: x509.ExtensionType
) -> x509.Certificate:
    """What somebody who has the intermediate's key makes of it."""
    name = x509.Name([x509.NameAttribute(oid, value) for oid, value in subject])
    begun = datetime.fromtimestamp(NOW, UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(authority.certificate.subject)
        .public_key(authority.key.public_key())
        .serial_number(7)
        .not_valid_before(begun - timedelta(hours=1))
        .not_valid_after(begun + timedelta(days=1))
    )
    for each in extensions:
        builder = builder.add_extension(each, critical=True)
    return builder.sign(authority.key, SHA256())


O, OU, CN = NameOID.ORGANIZATION_NAME, NameOID.ORGANIZATIONAL_UNIT_NAME, NameOID.COMMON_NAME  # noqa: E741
UNIT = [(O, VILLAGE), (OU, "units")]


def test_the_intermediate_s_key_makes_machines_and_nothing_else(
    data: Path, tmp_path: Path, authority: Authority
) -> None:
    client = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
    server = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    host = x509.SubjectAlternativeName([x509.DNSName(NAME)])
    ca = x509.BasicConstraints(ca=True, path_length=0)

    def good(
        purpose: str, subject: list[tuple[x509.ObjectIdentifier, str]], *more: x509.ExtensionType
    ) -> bool:
        return verifies(data, tmp_path, signed(authority, subject, *more), purpose)

    assert good("sslclient", [*UNIT, (CN, "bus-009")], client)
    assert not good("sslclient", [*UNIT, (CN, "central")], client)
    assert not good("sslclient", [(CN, "central")], client)
    assert not good("sslclient", [(O, "another"), (OU, "units"), (CN, "bus-009")], client)
    assert not good("sslserver", [*UNIT, (CN, "bus-009")], server)
    assert not good("sslserver", [*UNIT, (CN, "bus-009")], server, host)
    assert not good("sslclient", [*UNIT, (CN, "bus-009")], client, host)
    below = signed(authority, [*UNIT, (CN, "below")], ca)
    path = tmp_path / "below.pem"
    path.write_bytes(below.public_bytes(Encoding.PEM))
    false = replace(authority, certificate=below)
    leaf = x509.load_pem_x509_certificate(sign(false, "bus-009").encode())
    assert not verifies(data, tmp_path, leaf, "sslclient", path)


def test_init_again_changes_nothing(data: Path, tmp_path: Path) -> None:
    def state() -> dict[Path, bytes]:
        return {each: each.read_bytes() for each in tmp_path.rglob("*") if each.is_file()}

    before = state()
    with pytest.raises(InitRefused, match="nothing was changed"):
        make_central(data, tmp_path / "stick", VILLAGE, [NAME], PORTS, NOW)
    with pytest.raises(InitRefused, match="another stick"):
        make_central(tmp_path / "second", tmp_path / "stick", VILLAGE, [NAME], PORTS, NOW)
    assert state() == before


def test_init_refuses_what_would_leave_the_root_on_the_server_or_a_server_nobody_finds(
    tmp_path: Path,
) -> None:
    inside = tmp_path / "data" / "stick"
    inside.mkdir(parents=True)
    for stick, village, names, why in (
        (inside, VILLAGE, [NAME], "must not stay"),
        (tmp_path / "nothing", VILLAGE, [NAME], "plug the stick in"),
        (tmp_path, "Ohkura", [NAME], "check the village's"),
        (tmp_path, VILLAGE, ["村.example"], "check the village's"),
    ):
        with pytest.raises(InitRefused, match=why):
            make_central(tmp_path / "data", stick, village, names, PORTS, NOW)
        assert {each.name for each in tmp_path.rglob("*")} == {"data", "stick"}
