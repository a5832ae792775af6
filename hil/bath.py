"""The bath house of the bench: what its guests do at the kiosk and with their phones, and what they are told."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from playwright.sync_api import Error as BrowserError
from playwright.sync_api import expect

from device.reader.decode import read_codes
from hil.member_page import ask, signed_in
from hil.office import KIOSK
from hil.touch import TouchPage
from hil.virtual.scenes import card_frame
from rules.passes.point_code import PATH
from rules.passes.rider_pass import to_text

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from hil.office import BathGuests
    from hil.riders import Gray
    from hil.virtual.camera import VirtualCamera
    from hil.virtual.road import MountainRoad
    from rules.passes.rider_pass import IssuedPass

ADULT, CHILD = KIOSK.visits
PIN = "4071"
PHONES, CARDS = 4, 2
"""Guests of one round trip."""
PATIENCE_S = 30.0
LOOK_S = 0.1
TRIES, HELD_UP_S = 8, 4.0
"""How often somebody holds up a card that is not read, each time a little otherwise."""
APART_S = 1.2
"""Two touches sooner after each other are one finger's."""
MODULE = 6
"""Pixels of a module as the phone's camera has it."""
_CODE = re.compile(r'data-code="(\d+)".*?viewBox="0 0 (\d+) .*?class="qrline"[^>]*? d="([^"]+)"', re.DOTALL)
_STEP = re.compile(r"([Mmh])(-?[\d.]+)(?: ?(-?[\d.]+))?")


class NoPoints(Exception):
    """A guest did not get what the kiosk promises. The text says where it stopped."""


@dataclass(slots=True)
class Told:
    """What guests were told: `codes` seen, `cards` taken, `undone` at the counter, `points` arrived."""

    codes: int = 0
    cards: int = 0
    undone: int = 0
    points: int = 0


class Bath:
    """One bath with its kiosk at `url`, whose network is `road` and who sees by `camera`.

    `office` is where the members' pages are.
    """

    def __init__(
        self, url: str, office: str, camera: VirtualCamera, road: MountainRoad, tell: Callable[[str], object]
    ) -> None:
        self.told = Told()
        self._page = TouchPage(url)
        self._office = office
        self._camera = camera
        self._road = road
        self._tell = tell
        self._touched = 0.0
        self._rng = np.random.default_rng(len(url))
        self._kept: tuple[str, str] | None = None

    def visit(self, guests: BathGuests, browser: Browser | None) -> None:
        """With the network: a code for one, one for a family, a card, one that staff take back, one that stays.

        The first guest has the page in `browser`, where there is one. Raises NoPoints.
        """
        one, *family = guests.phones[: PHONES - 1]
        code = self._offer(ADULT.id, 1)
        self._claim_in(browser, code, one) if browser else self._claim(code, one)
        # By then it has read the office's log up to there, and knows the keys by which cards are good.
        self._wait_until_gone()
        both = self._offer(CHILD.id, len(family))
        for phone in family:
            self._claim(both, phone)
        self._wait_until_gone()
        self._show(guests.cards[0])
        self._offer(ADULT.id, 1)
        self._take_back(self._newest)
        self._offer(ADULT.id, 1)

    def visit_without_network(self, guests: BathGuests) -> None:
        """The kiosk's network is away: a code that a phone claims all the same, one kept for later, and a card."""
        self._road.cut()
        self._tell("[yellow]おふろのキオスクが圏外に / the bath's kiosk is without network[/yellow]")
        self._claim(self._offer(ADULT.id, 1), guests.phones[-1])
        self._kept = self._offer(ADULT.id, 1), guests.phones[0]
        self._show(guests.cards[-1])

    def restore(self) -> None:
        """The network is back."""
        self._road.restore()

    def claim_kept(self, browser: Browser | None) -> None:
        """The code that was kept since then, claimed on the page in `browser`, where there is one. Raises NoPoints."""
        if self._kept is None:
            return
        (code, secret), self._kept = self._kept, None
        self._claim_in(browser, code, secret) if browser else self._claim(code, secret)

    def _wait_until_gone(self) -> None:
        """The kiosk has heard that all places of its newest code are taken."""
        number = self._newest
        self._wait(
            lambda: number not in self._codes(),
            "キオスクが受取を知りません / the kiosk does not hear of the claim",
        )

    def _offer(self, visit: int, count: int) -> str:
        """Touch the screen; the text of the code that comes up, read off its picture."""
        before = self._newest
        time.sleep(max(0.0, self._touched + APART_S - time.monotonic()))
        if not self._page.touch("offer", visit=visit, count=count):
            raise NoPoints("キオスクが受け付けません / the kiosk does not take the touch")
        self._touched = time.monotonic()
        self._wait(lambda: self._newest > before, "コードが出ません / no code came up")
        self.told.codes += 1
        for text in read_codes(self._codes()[self._newest]):
            address, path, code = text.decode().partition(PATH)
            if address and path:
                return code
        raise NoPoints("コードが読めません / the code cannot be read")

    def _claim(self, code: str, secret: str) -> None:
        answer = ask(self._office, secret, "claim", code=code)
        self._arrived(int(answer["points"]), str(answer["state"]))

    def _claim_in(self, browser: Browser, code: str, secret: str) -> None:
        """As `_claim`, by touching the page that the code opens."""
        context = signed_in(browser, self._office, secret)
        try:
            page = context.new_page()
            page.goto(f"{self._office}{PATH.removeprefix('/')}{code}")
            page.click("#codes button")
            said = f"{ADULT.points} くらポを受け取りました"
            expect(page.locator("main")).to_contain_text(said, use_inner_text=True, timeout=PATIENCE_S * 1000)
        except (BrowserError, AssertionError) as error:
            raise NoPoints(f"ポイントのページ / the page of points: {error}") from error
        finally:
            context.close()
        self._arrived(ADULT.points, "given")

    def _arrived(self, points: int, state: str) -> None:
        if state != "given":
            raise NoPoints(f"ポイントが届きません / the points do not arrive: {state}")
        self.told.points += points
        self._tell(f"  ♨  {KIOSK.place_ja}  {points} くらポ  コード / code")

    def _show(self, card: IssuedPass) -> None:
        """Hold a card before the kiosk until it is heard done."""
        before = self._said("card-done")
        for _ in range(TRIES):
            self._camera.show(card_frame(to_text(card.pack()), self._rng))
            is_read = self._comes_true(lambda: self._said("card-done") not in {before, 0}, HELD_UP_S)
            self._camera.show(None)
            if is_read:
                break
        else:
            raise NoPoints("カードが読まれません / no card is read")
        self.told.cards += 1
        self.told.points += ADULT.points
        self._tell(f"  ♨  {KIOSK.place_ja}  {ADULT.points} くらポ  カード / card")

    def _take_back(self, number: int) -> None:
        self._page.touch("staff/pin", pin=PIN)
        self._wait(
            lambda: 'data-act="undo"' in self._regions()["staff"], "係の画面が開きません / no staff's page"
        )
        self._page.touch("staff/undo", number=number)
        self._wait(lambda: bool(self._said("undone")), "取り消せません / it is not taken back")
        self._page.touch("staff/leave")
        self.told.undone += 1

    def _said(self, kind: str) -> int:
        """The number of the kiosk's last word if it is of that kind, else 0."""
        picture = self._page.picture()
        return int(picture["message"]) if f'data-kind="{kind}"' in picture["regions"]["message"] else 0

    @property
    def _newest(self) -> int:
        return max(self._codes(), default=0)

    def _codes(self) -> dict[int, Gray]:
        """The pictures of the codes on the screen, by their numbers."""
        found = _CODE.findall(self._regions()["codes"])
        return {int(number): _picture(int(modules), path) for number, modules, path in found}

    def _regions(self) -> dict[str, str]:
        regions: dict[str, str] = self._page.picture()["regions"]
        return regions

    def _wait(self, holds: Callable[[], bool], otherwise: str) -> None:
        if not self._comes_true(holds, PATIENCE_S):
            raise NoPoints(otherwise)

    @staticmethod
    def _comes_true(holds: Callable[[], bool], patience: float) -> bool:
        until = time.monotonic() + patience
        while not holds():
            if time.monotonic() > until:
                return False
            time.sleep(LOOK_S)
        return True


def _picture(modules: int, path: str) -> Gray:
    """The symbol that an SVG path of horizontal strokes, a module thick, draws."""
    symbol = np.full((modules, modules), 255, np.uint8)
    for row, begin, end in _strokes(path):
        symbol[row, begin:end] = 0
    return np.kron(symbol, np.ones((MODULE, MODULE), np.uint8))


def _strokes(path: str) -> Iterator[tuple[int, int, int]]:
    x = y = 0.0
    for step, first, second in _STEP.findall(path):
        if step == "h":
            yield int(y), int(x), int(x + float(first))
            x += float(first)
        else:
            x, y = (x if step == "m" else 0.0) + float(first), (y if step == "m" else 0.0) + float(second)
