"""The page's modules beside the rules: what a browser signs, Python reads, byte for byte."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from rules.passes import base45
from rules.passes.rider_pass import ShowClock, office_signed, phone_signed, to_text
from rules.passes.seal import Use
from tests.hil.phone_bench import Phone, showing_of, taken_apart, unpacked

if TYPE_CHECKING:
    from hil.phone.office import PhoneOffice
    from tests.hil.phone_bench import Village

pytest_plugins = ("tests.browser", "tests.hil.phone_bench")

U16, U32 = 0xFFFF, 0xFFFFFFFF
MANY = 200
MAKE = """async ({ showings }) => {
  const [pass] = await m.keptPasses();
  const { privateKey } = await m.phoneKey();
  const codes = [];
  for (const showing of showings) codes.push(m.codeText(await m.longForm(pass, showing, privateKey)));
  return codes;
}"""


def some_showings(seed: int) -> list[dict[str, int]]:
    rng = random.Random(seed)

    def number(most: int) -> int:
        return rng.choice([0, 1, most - 1, most, rng.randint(0, most), rng.randint(0, most)])

    most = {"moment": U32, "counter": U16, "adults": 15, "children": 15, "clock": 2}
    return [{name: number(limit) for name, limit in most.items()} for _ in range(MANY)]


def office_key(office: PhoneOffice, kid: int) -> bytes:
    key = office.word().keys.find(Use.PASS, kid, None)
    assert key is not None
    return key.public


def said(phone: Phone, showings: list[dict[str, int]]) -> list[bytes]:
    phone.shown()
    return [text.encode("ascii") for text in phone.run(MAKE, {"showings": showings})]


def packed(showing: dict[str, int]) -> bytes:
    party = showing["adults"] << 4 | showing["children"]
    return (
        showing["moment"].to_bytes(4, "big")
        + showing["counter"].to_bytes(2, "big")
        + bytes([party, showing["clock"], 0, 0])
    )


def test_long_codes_signed_in_a_browser_are_read_in_python_byte_for_byte(
    phone: Phone, village: Village
) -> None:
    showings = some_showings(1)
    for data, asked in zip(said(phone, showings), showings, strict=True):
        read = taken_apart(data)
        showing, code = showing_of(read), unpacked(data)
        assert len(code) == 195
        assert read.shown == read.signed_body + read.signature + packed(asked) == code[:131]
        assert (showing.moment, showing.counter) == (asked["moment"], asked["counter"])
        assert (showing.adults, showing.children) == (asked["adults"], asked["children"])
        assert (showing.clock_quality, showing.challenge) == (ShowClock(asked["clock"]), 0)
        assert phone_signed(read)
        assert office_signed(read, office_key(village.office, read.body.kid))


def test_what_has_no_room_is_not_signed(phone: Phone) -> None:
    right = {"moment": 1, "counter": 1, "adults": 0, "children": 0, "clock": 2}
    wrong: list[tuple[str, float | None]] = [("moment", U32 + 1), ("moment", 1.5), ("counter", U16 + 1)]
    wrong += [("counter", -1), ("adults", 16), ("children", 16), ("children", None), ("clock", 3)]
    script = f"async (arg) => ({MAKE})(arg).then(() => '', (error) => error.name)"
    phone.shown()
    for name, value in wrong:
        asked = {"showings": [right | {name: value}]}
        assert phone.run(script, asked) == "RangeError", name


def test_base45_agrees_both_ways(phone: Phone) -> None:
    rng = random.Random(3)
    everything = [rng.randbytes(length) for length in (*range(200), 0, 1, 2)] + [b"\xff" * 195, bytes(85)]
    encoded = phone.run(
        "(all) => all.map((one) => m.encode(Uint8Array.from(one)))", list(map(list, everything))
    )
    assert encoded == [base45.encode(one) for one in everything]
    decoded = phone.run("(all) => all.map((one) => [...m.decode(one)])", encoded)
    assert list(map(bytes, decoded)) == everything


def test_base45_refuses_the_same_texts(phone: Phone) -> None:
    rng = random.Random(4)
    alphabet = base45.ALPHABET + "aé温:::ZZZ"
    texts = ["".join(rng.choices(alphabet, k=rng.randint(0, 9))) for _ in range(2_000)]
    script = "(all) => all.map((one) => { try { return [...m.decode(one)]; } catch { return null; } })"
    answers = [None if got is None else bytes(got) for got in phone.run(script, texts)]
    assert answers == [base45.decode(text) for text in texts]
    assert 100 < answers.count(None) < 1_900


def test_the_private_key_cannot_be_had(phone: Phone) -> None:
    phone.shown()
    tried = """async () => {
      const { privateKey } = await m.phoneKey();
      const ways = ["pkcs8", "jwk", "raw"].map((way) => crypto.subtle.exportKey(way, privateKey));
      const answers = await Promise.allSettled(ways);
      return [privateKey.extractable, JSON.stringify(privateKey), ...answers.map((one) => one.status)];
    }"""
    assert phone.run(tried) == [False, "{}", "rejected", "rejected", "rejected"]


def test_the_text_is_python_s_own(phone: Phone) -> None:
    code = phone.shown()
    assert to_text(unpacked(code)).encode() == code


def test_every_next_turn_is_newer_unless_the_clock_was_far_ahead(phone: Phone) -> None:
    rng = random.Random(5)
    now = 1_790_000_000
    turns = [
        (
            {
                "moment": now + rng.choice([-1, 0, 1, 30, 31, 300, 301, rng.randint(-999, 999)]),
                "counter": count,
            },
            {"moment": now, "clock": rng.randint(0, 2)},
        )
        for count in (0, 1, U16 - 1, U16, *(rng.randint(0, U16) for _ in range(600)))
    ]
    answers = phone.run("(all) => all.map(([last, believed]) => m.nextTurn(last, believed))", turns)
    for (last, believed), turn in zip(turns, answers, strict=True):
        ahead = last["moment"] - now
        newer = (turn["moment"], turn["counter"]) > (last["moment"], last["counter"])
        assert newer is (ahead <= 300)
        assert 0 <= turn["counter"] <= U16
        assert turn["clock"] == (min(believed["clock"], 1) if 30 < ahead <= 300 else believed["clock"])
        assert turn["moment"] == now or 0 <= ahead <= 300


def test_the_counter_goes_on_from_zero_with_a_later_moment(phone: Phone) -> None:
    now = {"moment": 1_790_000_000, "clock": 2}
    turn = "(arg) => m.nextTurn({ moment: arg.moment + arg.ahead, counter: 65535 }, arg)"
    assert phone.run(turn, now | {"ahead": -10}) == now | {"counter": 0}
    assert phone.run(turn, now | {"ahead": 0}) == {"moment": now["moment"] + 1, "counter": 0, "clock": 2}


@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        (99, None),
        (100, "first"),
        (150, "first"),
        (200, "next"),
        (250, "more"),
        (300, "commuter"),
        (400, None),
    ],
)
def test_of_several_passes_the_one_in_force_is_shown(phone: Phone, moment: int, shown: str | None) -> None:
    passes = [
        {"name": "first", "from": 100, "until": 200, "product": 0},
        {"name": "next", "from": 200, "until": 400, "product": 0},
        {"name": "commuter", "from": 300, "until": 400, "product": 4},
        {"name": "more", "from": 250, "until": 350, "product": 0},
    ]
    found = "({ passes, moment }) => m.inForce(passes, moment)?.name ?? null"
    assert phone.run(found, {"passes": passes, "moment": moment}) == shown
