"""A signature serves one use, one body, one key, and nothing makes a check fail otherwise than by saying no."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.passes.seal import (
    COMPRESSED_KEY_BYTES,
    PUBLIC_KEY_BYTES,
    SIGNATURE_BYTES,
    Use,
    check,
    check_show,
    compressed,
    private_from_bytes,
    public_bytes,
    sealed_bytes,
    sign,
    sign_show,
)
from tests.passes.material import flipped, phone_key, signing_key

OFFICE = signing_key(11)
PHONE = phone_key(12)
OFFICE_PUBLIC = public_bytes(OFFICE)
PHONE_PUBLIC = compressed(PHONE)
BODY = b"a body"
SIGNATURE = sign(Use.PASS, BODY, OFFICE)
SHOWN = sign_show(Use.SHOW, BODY, PHONE)

P = 2**256 - 2**224 + 2**192 + 2**96 - 1
"""The prime of P-256's field (FIPS 186)."""
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""The order of its group."""


def test_the_signed_bytes_name_the_use() -> None:
    assert sealed_bytes(Use.PASS, b"x") == b"yukemuri/pass/v1x"
    assert sealed_bytes(Use.SHOW_SHORT, b"") == b"yukemuri/show-short/v1"
    assert [str(use) for use in Use] == [
        "pass",
        "show",
        "show-short",
        "point",
        "batch",
        "down",
        "keys",
        "stick",
        "word",
        "ride",
        "enrol",
        "release",
    ]


def test_ed25519_agrees_with_the_rfc() -> None:
    """The public key of RFC 8032, section 7.1, test 1."""
    private = private_from_bytes(
        bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    )
    public = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
    assert public_bytes(private) == public


def test_what_is_signed_is_the_prefix_and_the_body() -> None:
    assert OFFICE.sign(b"yukemuri/pass/v1a body") == SIGNATURE
    assert check(Use.PASS, BODY, SIGNATURE, OFFICE_PUBLIC)


@given(st.sampled_from(Use), st.binary(max_size=200))
def test_a_signature_is_known_again(use: Use, body: bytes) -> None:
    assert check(use, body, sign(use, body, OFFICE), OFFICE_PUBLIC)
    show = sign_show(use, body, PHONE)
    assert len(show) == 64
    assert check_show(use, body, show, PHONE_PUBLIC)


@pytest.mark.parametrize(("use", "other"), list(permutations(Use, 2)))
def test_a_signature_for_one_use_is_refused_for_another(use: Use, other: Use) -> None:
    assert not check(other, BODY, sign(use, BODY, OFFICE), OFFICE_PUBLIC)
    assert not check_show(other, BODY, sign_show(use, BODY, PHONE), PHONE_PUBLIC)


def test_another_key_or_another_body_is_refused() -> None:
    assert not check(Use.PASS, BODY, SIGNATURE, public_bytes(signing_key(13)))
    assert not check(Use.PASS, BODY + b"!", SIGNATURE, OFFICE_PUBLIC)
    assert not check_show(Use.SHOW, BODY, SHOWN, compressed(phone_key(13)))
    assert not check_show(Use.SHOW, BODY + b"!", SHOWN, PHONE_PUBLIC)


def test_the_same_showing_is_signed_by_the_same_bytes() -> None:
    assert sign_show(Use.SHOW, BODY, PHONE) == SHOWN


def test_every_flipped_bit_of_a_signature_is_refused() -> None:
    bits = range(8 * SIGNATURE_BYTES)
    assert [bit for bit in bits if check(Use.PASS, BODY, flipped(SIGNATURE, bit), OFFICE_PUBLIC)] == []
    assert [bit for bit in bits if check_show(Use.SHOW, BODY, flipped(SHOWN, bit), PHONE_PUBLIC)] == []


def test_every_flipped_bit_of_a_public_key_is_refused() -> None:
    bits = range(8 * PUBLIC_KEY_BYTES)
    assert [bit for bit in bits if check(Use.PASS, BODY, SIGNATURE, flipped(OFFICE_PUBLIC, bit))] == []
    bits = range(8 * COMPRESSED_KEY_BYTES)
    assert [bit for bit in bits if check_show(Use.SHOW, BODY, SHOWN, flipped(PHONE_PUBLIC, bit))] == []


@given(st.binary(max_size=70), st.binary(max_size=70))
def test_any_bytes_are_refused_without_an_error(signature: bytes, public: bytes) -> None:
    assert not check(Use.PASS, BODY, signature, OFFICE_PUBLIC)
    assert not check(Use.PASS, BODY, SIGNATURE, public)
    assert not check_show(Use.SHOW, BODY, signature, PHONE_PUBLIC)
    assert not check_show(Use.SHOW, BODY, SHOWN, public)


@given(st.binary(min_size=64, max_size=64), st.binary(min_size=32, max_size=32))
def test_bytes_of_the_right_length_are_refused_without_an_error(signature: bytes, x: bytes) -> None:
    assert not check(Use.PASS, BODY, signature, x)
    assert not check_show(Use.SHOW, BODY, signature, PHONE_PUBLIC)
    assert not check_show(Use.SHOW, BODY, SHOWN, b"\x02" + x)


ORDER_8 = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
P_25519 = 2**255 - 19
WEAK = [
    (y + sign_bit).to_bytes(32, "little")
    for y in (0, 1, P_25519 - 1, P_25519, P_25519 + 1, ORDER_8, P_25519 - ORDER_8)
    for sign_bit in (0, 2**255)
]
"""All writings of the eight points of small order."""


@pytest.mark.parametrize("public", WEAK, ids=bytes.hex)
@pytest.mark.parametrize("use", Use)
def test_a_key_under_which_anybody_can_sign_is_refused(use: Use, public: bytes) -> None:
    """One of these R with s = 0 would fit each body."""
    assert not any(check(use, BODY, r + bytes(32), public) for r in WEAK)


@pytest.mark.parametrize("r", [0, 1, N - 1, N, N + 1, 2**256 - 1])
@pytest.mark.parametrize("s", [0, 1, N - 1, N, N + 1, 2**256 - 1])
def test_r_and_s_at_and_beyond_their_limits_are_refused(r: int, s: int) -> None:
    assert not check_show(Use.SHOW, BODY, r.to_bytes(32, "big") + s.to_bytes(32, "big"), PHONE_PUBLIC)


def test_the_same_key_or_signature_in_other_clothes_is_refused() -> None:
    numbers = PHONE.public_key().public_numbers()
    x, y = numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big")
    assert check_show(Use.SHOW, BODY, SHOWN, bytes([2 + numbers.y % 2]) + x)
    assert not check_show(Use.SHOW, BODY, SHOWN, b"\x04" + x + y)
    assert not check_show(Use.SHOW, BODY, SHOWN, b"\x05" + x)
    assert not check_show(Use.SHOW, BODY, SHOWN + b"\0", PHONE_PUBLIC)
    assert not check_show(Use.SHOW, BODY, SHOWN[:32] + b"\0" + SHOWN[32:], PHONE_PUBLIC)
    assert not check_show(Use.SHOW, BODY, SHOWN, b"\0")


def test_an_x_beyond_the_field_is_refused() -> None:
    """Taken modulo the field's prime it would be another writing of a key."""
    assert _right_side(5) == pow(pow(_right_side(5), (P + 1) // 4, P), 2, P)
    public = b"\x02" + (5 + P).to_bytes(32, "big")
    assert not check_show(Use.SHOW, BODY, SHOWN, public)


def test_a_point_off_the_curve_is_refused() -> None:
    off = next(x for x in range(1, 100) if pow(_right_side(x), (P - 1) // 2, P) == P - 1)
    assert not check_show(Use.SHOW, BODY, SHOWN, b"\x02" + off.to_bytes(32, "big"))


def _right_side(x: int) -> int:
    b = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
    return (x**3 - 3 * x + b) % P


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_private_key_of_another_length_is_an_error(length: int) -> None:
    with pytest.raises(ValueError, match="32"):
        private_from_bytes(bytes(length))
