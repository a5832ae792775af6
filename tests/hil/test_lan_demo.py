"""A phone on the local network: it trusts the demo's authority, registers, and rides the virtual bus."""

from __future__ import annotations

import shutil
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from central.app import MAILS
from hil.bench import JAPAN, Bench, Phones
from hil.browser import FLAGS, find_chromium
from hil.demo import LINE, Wish, set_up
from hil.journey import Journey
from hil.lan.addresses import NoLan, find_lan
from hil.lan.authority import Authority, open_authority
from hil.lan.pages import FILE, create_app
from hil.lan.tell import MailTeller, phone_lines
from hil.rounds import Round
from hil.virtual.scenes import screen_frame
from provisioning.broker import find_mosquitto
from tests.hil.phone_bench import PATIENCE_MS, SCALE, SCREEN, Phone

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytest_plugins = ("tests.browser",)
pytestmark = [
    pytest.mark.skipif(find_mosquitto() is None, reason="mosquitto is not installed"),
    pytest.mark.timeout(240),
]
needs_certutil = pytest.mark.skipif(
    shutil.which("certutil") is None, reason="certutil (libnss3-tools) is not installed"
)
NAME = "laptop.local"
MAIL = "hanako@example.jp"
MAIL_S = 10.0
GREEN_S = 20


@dataclass
class Demo:
    bench: Bench
    this: Round
    authority: Authority
    told: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return self.bench.lan_url

    def mailed(self) -> str:
        """The six digits that the demo's terminal said last."""
        until = time.monotonic() + MAIL_S
        while time.monotonic() < until:
            if self.told and MAIL in self.told[-1]:
                return self.told[-1].rpartition("[bold]")[2].removesuffix("[/bold]")
            time.sleep(0.1)
        raise AssertionError(self.told)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with demo_at("", tmp_path_factory) as demo:
        yield demo


@pytest.fixture
def named(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with demo_at(NAME, tmp_path_factory) as demo:
        yield demo


@contextmanager
def demo_at(wanted: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    try:
        lan = find_lan(wanted)
    except NoLan as reason:
        pytest.skip(str(reason))
    authority = open_authority(tmp_path_factory.mktemp("home"), int(time.time()))
    now = datetime.fromtimestamp(time.time(), JAPAN)
    plan, (this, *_) = set_up(
        Wish(1.0, once=True, port=0, feed=LINE, lan=""), tmp_path_factory.mktemp("b"), now
    )
    with Bench(replace(plan, phones=Phones(lan, authority))) as bench:
        demo = Demo(bench, this, authority)
        mails = MailTeller(bench.office.data / MAILS, demo.told.append)
        mails.start()
        yield demo
        mails.stop()


def asked(url: str, trusted: Authority, **headers: str) -> tuple[int, str]:
    context = ssl.create_default_context(cadata=trusted.pem.decode())
    try:
        with urllib.request.urlopen(
            urllib.request.Request(url, headers=headers), timeout=10, context=context
        ) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_the_member_page_comes_by_https_to_whoever_trusts_the_authority(demo: Demo) -> None:
    status, page = asked(f"{demo.url}m/", demo.authority)
    assert status == 200
    assert "ゆけむり" in page


def test_another_authority_of_the_same_kind_is_refused(demo: Demo, tmp_path: Path) -> None:
    other = open_authority(tmp_path, int(time.time()))
    with pytest.raises(urllib.error.URLError, match="CERTIFICATE_VERIFY_FAILED"):
        asked(f"{demo.url}m/", other)


def test_staff_come_in_on_this_machine_only(demo: Demo) -> None:
    link = demo.bench.office_link()
    assert link.startswith("http://127.0.0.1:")
    path = link.partition("#")[0].removeprefix(demo.bench.office_url)
    for closed in (path, "staff/sign-in", "staff/account", "today"):
        status, words = asked(f"{demo.url}{closed}", demo.authority)
        assert status == 403, closed
        assert "この" in words or "役場" in words
    with urllib.request.urlopen(f"{demo.bench.office_url}staff/sign-in") as answer:
        assert answer.status == 200


def test_a_strange_name_that_leads_here_is_refused(demo: Demo) -> None:
    assert asked(f"{demo.url}m/", demo.authority, Host="elsewhere.example")[0] == 400


def test_time_runs_as_it_is(demo: Demo) -> None:
    demo.bench.let_time_run(600.0)
    assert demo.bench.clock.rate == 1.0
    assert abs(demo.bench.clock.wall() - time.time()) < 2.0


def test_the_page_that_explains_trust_hands_out_the_certificate_and_nothing_secret(demo: Demo) -> None:
    app = create_app(demo.authority, demo.url)
    client = app.test_client()
    page = client.get("/").get_data(as_text=True)
    for said in (demo.authority.fingerprint, demo.authority.name, f"{demo.url}m/", f"/{FILE}"):
        assert said in page
    answer = client.get(f"/{FILE}")
    assert answer.mimetype == "application/x-x509-ca-cert"
    assert answer.data == demo.authority.pem
    assert b"PRIVATE" not in answer.data
    assert "script" not in page


def test_the_terminal_says_how_to_trust_it_on_both_kinds_of_phone(demo: Demo) -> None:
    lan = find_lan("")
    said = "\n".join(phone_lines(lan, demo.authority, demo.url, "http://192.168.1.5:8804/"))
    for part in ("iPhone", "Android", "パスキーを使えません", demo.authority.fingerprint, f"{demo.url}m/"):
        assert part in said
    by_name = "\n".join(phone_lines(replace(lan, host="laptop.local"), demo.authority, demo.url, ""))
    assert "パスキー" not in by_name


@contextmanager
def phone_of(browser: Browser, home: Path, trusted: Authority) -> Iterator[Page]:
    """A Chromium with a home of its own, whose store of authorities has this one more."""
    store = home / ".pki" / "nssdb"
    store.mkdir(parents=True)
    tool = ["certutil", "-d", f"sql:{store}"]
    subprocess.run([*tool, "-N", "--empty-password"], check=True)
    file = home / "authority.crt"
    file.write_bytes(trusted.pem)
    subprocess.run([*tool, "-A", "-n", "demo", "-t", "C,,", "-i", str(file)], check=True)
    # What mDNS would say.
    flags = [*FLAGS, f"--host-resolver-rules=MAP {NAME} {find_lan('').address}"]
    env: dict[str, str | float | bool] = {"HOME": str(home)}
    started = browser.browser_type.launch(executable_path=find_chromium(), args=flags, env=env)
    try:
        yield started.new_context(viewport=SCREEN, device_scale_factor=SCALE, locale="ja-JP").new_page()
    finally:
        started.close()


@needs_certutil
def test_a_phone_that_was_not_told_to_trust_it_does_not_open_the_page(
    demo: Demo, browser: Browser, tmp_path: Path
) -> None:
    other = open_authority(tmp_path / "other", int(time.time()))
    with (
        phone_of(browser, tmp_path / "phone", other) as page,
        pytest.raises(Exception, match="ERR_CERT_AUTHORITY_INVALID"),
    ):
        page.goto(f"{demo.url}m/")


@needs_certutil
def test_a_phone_registers_by_mail_shows_its_code_and_boards(
    demo: Demo, browser: Browser, tmp_path: Path
) -> None:
    with phone_of(browser, tmp_path, demo.authority) as page:
        page.goto(f"{demo.url}m/")
        page.click("#notice-sign-in a")
        page.locator("form[data-passkey]").wait_for(state="hidden")
        come_in(demo, page)
        phone = Phone(page)
        phone.shown()
        assert page.locator("#notice-clock").count() == 0
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        page.goto(f"{demo.url}m/charge")
        page.check("input[value='3000']")
        page.click("#charge button")
        page.click("form[action$='/pay'] button")
        page.wait_for_selector("#done a", timeout=PATIENCE_MS)
        page.goto(f"{demo.url}m/")
        page.click("#notice-more button", timeout=PATIENCE_MS)
        page.wait_for_selector("#notice-more", state="detached", timeout=PATIENCE_MS)
        assert boards(demo, phone.screen)


@needs_certutil
def test_by_a_name_passkeys_let_a_phone_in(named: Demo, browser: Browser, tmp_path: Path) -> None:
    assert named.url.startswith(f"https://{NAME}:")
    with phone_of(browser, tmp_path, named.authority) as page:
        session = page.context.new_cdp_session(page)
        session.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        page.goto(f"{named.url}m/sign-in")
        come_in(named, page)
        page.goto(f"{named.url}m/people")
        with page.expect_navigation(), page.expect_response("**/m/passkey/new") as answer:
            page.click("form[data-passkey=new] button")
        assert answer.value.ok
        page.context.clear_cookies()
        page.goto(f"{named.url}m/sign-in")
        page.click("form[data-passkey=get] button")
        page.wait_for_url("**/m/")
        Phone(page).shown()


def come_in(demo: Demo, page: Page) -> None:
    page.fill("#mail", MAIL)
    page.click("form[action$='/sign-in/mail'] button")
    page.fill("input[name=code]", demo.mailed())
    page.click("form[action$='/sign-in/code'] button")
    page.wait_for_url("**/m/")


def boards(demo: Demo, screen: Callable[[], np.ndarray]) -> bool:
    """Whether the bus, at its first stop with open doors, shows green for what is on the phone's screen."""
    bench, this = demo.bench, demo.this
    journey = Journey(bench, bench.edition, this.out.trip_id, 1.0, lambda _: None, seed=1)
    journey.stand_until(lambda: bench.driver.start_trip(this.out, this.day), 1.0, 60.0)
    bench.wires.set_door(is_open=True)
    bench.driver.answer(0)
    before = bench.wires.lit("green")
    bench.camera.show(screen_frame(screen(), np.random.default_rng(1)))
    try:
        for _ in range(GREEN_S):
            journey.stand_until(lambda: True, 1.0, 2.0)
            if bench.wires.lit("green") > before:
                return True
        return False
    finally:
        bench.camera.show(None)
        bench.wires.set_door(is_open=False)
