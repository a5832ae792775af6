"""What doctor says has one stable shape, and what leaves a machine holds no secret."""

from __future__ import annotations

import io
import json
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.checkup.bundle import packed
from rules.checkup.check import Checkup, fail, not_here, warn, well
from rules.checkup.days import ALARM_DAYS, DAY_S, days_left
from rules.checkup.withhold import STRUCK, settings_text, struck_out

NOW = 1_790_000_000


def test_the_json_is_one_line_in_the_shape_that_scripts_rely_on() -> None:
    checkup = Checkup((well("a", "よい / good"), fail("b", "x", "直す / mend")))
    assert "\n" not in checkup.json()
    assert json.loads(checkup.json()) == {
        "checks": [
            {"name": "a", "result": "PASS", "detail": "よい / good", "remedy": ""},
            {"name": "b", "result": "FAIL", "detail": "x", "remedy": "直す / mend"},
        ],
        "ok": False,
    }


def test_only_a_failure_ends_with_1() -> None:
    assert Checkup((warn("a", "x", "y"), not_here("b", "z"))).exit_code == 0
    assert Checkup((fail("a", "x", "y"),)).exit_code == 1


@pytest.mark.parametrize(
    ("left", "result"),
    [(-1, "FAIL"), (1, "WARN"), (ALARM_DAYS * DAY_S - 1, "WARN"), (ALARM_DAYS * DAY_S, "PASS")],
)
def test_what_ends_within_15_days_is_an_alarm_and_what_has_ended_a_failure(left: int, result: str) -> None:
    assert days_left("x", NOW + left, NOW, "renew").result == result


KEY = "PRIVATE KEY"
"""Apart, so that nobody looking for keys finds one here."""
WEB_TOKEN = "ey" + "JhbGciOiJIUzI1NiJ9"
PLANTED = (
    "YP1:ABCDEFGHJKLMNPQRSTUVWXYZ234567",
    "YB1:0A1B2C3D4E5F",
    f"-----BEGIN {KEY}-----\nMC4CAQAwBQYDK2VwBCIEIA\n-----END {KEY}-----",
    f"-----BEGIN {KEY}-----\nMC4CAQAwBQYDK2VwBCIEIA",
    "AGE-SECRET-KEY-1QQQQQQQQ",
    "sk_live_abc",
    "whsec_abc",
    "password=hunter2",
    "token: abc",
    "rider@example.jp",
    "0123456789abcdef0123456789abcdef",
    "e7f6b0f3-0d2f-4f63-9d0e-0d5a4a4b1c2d",
    "0241-55-1234",
    "09012345678",
    '"password": "two words here"',
    "MQTT_PASSWORD=abcabc",
    "secret_key='ab cd ef'",
    "password is hunter2",
    "Authorization: Bearer abc.def.ghi",
    "PIN 4071",
    "暗証番号は4071",
    f"{WEB_TOKEN}.eyJzdWIiOiIxIn0.abcdefg",
    "+81-90-1234-5678",
    "090 1234 5678",
    "(0233)76-2211",
    "０９０−１２３４−５６７８",
    "04:A2:3B:11:22:33:80",
    "staff/invitation#Zm9vYmFyYmF6cXV4cXV1eA",
)


@pytest.mark.parametrize("secret", PLANTED)
def test_no_secret_stays_in_a_log(secret: str) -> None:
    kept = struck_out(f"2026-11-28 10:00:00 INFO before {secret} after")
    assert secret not in kept
    assert secret.rpartition("=")[2].rpartition("#")[2].rpartition(" ")[2] not in kept
    assert STRUCK in kept
    assert kept.startswith("2026-11-28 10:00:00 INFO before")


def test_no_word_of_a_secret_with_several_stays() -> None:
    kept = struck_out("""x password="correct horse" y {"pin": "40 71"} z token 'ab cd' end""")
    assert kept == f'x {STRUCK} y {{"{STRUCK}}} z {STRUCK} end'


def test_a_name_is_struck_out_wherever_it_stands() -> None:
    assert "taro" not in struck_out("TARO and taro", ["Taro"]).lower()
    assert "山田" not in struck_out("山田太郎さんの山田", ["山田", "山田太郎"])


@given(
    st.text(alphabet="ab12-_", min_size=24, max_size=60).filter(lambda text: any(c.isdigit() for c in text))
)
def test_no_long_word_with_a_digit_stays(word: str) -> None:
    assert word not in struck_out(f"x {word} y") or word.strip("-_") == ""


def test_a_setting_that_nobody_has_called_harmless_is_struck_out() -> None:
    text = settings_text(
        {
            "unit": {"id": "bus-001", "demo": True},
            "link": {"host": "village.example", "port": 8883, "password": "hunter2"},
            "camera": {"source": "http://user:word@camera/", "focus": 3},
            "new": {"whatever": "planted", "list": ["planted"]},
        }
    )
    shown = json.loads(text)
    assert shown["unit"] == {"id": "bus-001", "demo": True}
    assert shown["link"] == {"host": "village.example", "port": 8883, "password": STRUCK}
    assert shown["camera"] == {"source": f"http:{STRUCK}", "focus": 3}
    assert "planted" not in text


def test_a_bundle_says_what_is_in_it_and_is_the_same_for_the_same_texts() -> None:
    made = packed({"log.txt": "x"})
    assert made == packed({"log.txt": "x"})
    with zipfile.ZipFile(io.BytesIO(made)) as bundle:
        assert bundle.namelist() == ["README.txt", "log.txt"]
        assert bundle.read("log.txt") == b"x"
