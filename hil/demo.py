"""`./dev demo`: a day on the line, on the virtual bench left running."""

from __future__ import annotations

import json
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console

from central.network.feeds.open_feed import read_feed
from device.screen.server import PortBusy
from hil.bath import PIN, NoPoints
from hil.begin_now import moved
from hil.bench import BUS, EARLY_S, JAPAN, Bench, MosquittoMissing, Plan
from hil.door_camera import NoCamera, find_camera
from hil.guests import chromium_or_none, expect_phones, guests
from hil.journey import Happening, Journey, plan, plan_by_hand
from hil.lan.addresses import NoLan
from hil.lan.authority import AuthorityBroken
from hil.member_page import NoCode
from hil.office import KIOSK
from hil.reconcile import Reconciliation, health_at_central, reconcile
from hil.reconcile_bath import reconcile_bath
from hil.riders import HAND_RIDERS
from hil.rounds import Round, first_day, rounds
from hil.tell_result import tell_result
from hil.virtual.ports import PortTaken
from hil.virtual.processes import NotReady
from rules.network.feed.problems import FeedUnreadable
from rules.network.in_force import service_day

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from hil.bath import Bath
    from hil.riders import Rider
    from rules.network.edition import Edition
    from rules.network.trips import Trip

LINE = Path(__file__).parent / "line"
NOTICE = "見取り図（デモ用）。実際の時刻・運賃ではありません / A sketch for the demo, not the real timetable or fares"
OTHER_FEED = "デモ / demo"
MOST_ROUNDS = 24
VALLEY = (0.4, 0.75)
"""The share of a trip out on which the bus has no network."""
DRAIN_S = 60.0
READY_S = 20.0
WARM_RATE = 12.0
LAYOVER_RATE = 2_000.0
BEFORE_DEPARTURE_S = 60.0
SPEED = 30.0
DWELL_S = 30.0
"""So long the doors stay open at every stop where people ride by a real camera."""
MOVED = "時刻表は今から始まるように動かしてあります / its timetable is moved to the present"


class Stuck(Exception):
    """The demo could not go on. The text says where."""


class NoTripToday(Exception):
    """With a real phone or camera the bus drives today, and the feed has no trip then. The text says what to do."""


CANNOT = (
    FeedUnreadable,
    PortTaken,
    PortBusy,
    MosquittoMissing,
    NotReady,
    Stuck,
    NoCamera,
    NoLan,
    NoTripToday,
    AuthorityBroken,
    NoCode,
    NoPoints,
)
"""Why there may be no demo. Each says it in one sentence, with the remedy."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the demo was asked for. `lan` and `camera` are None where no real phone and no real camera take part."""

    speed: float
    once: bool
    port: int
    feed: Path
    lan: str | None = None
    camera: str | None = None

    @property
    def in_real_time(self) -> bool:
        """A real phone's seconds are real ones, so the bus's must be."""
        return self.lan is not None or self.camera is not None


class Demo:
    """Drives round trips on an open bench."""

    def __init__(
        self,
        bench: Bench,
        speed: float,
        tell: Callable[[str], object],
        dwell: float = 0,
        bath: Bath | None = None,
    ) -> None:
        self.bench = bench
        self.bath = bath
        self._speed = speed
        self._dwell = dwell
        self._tell = tell

    def bathe(self, browser: Browser | None) -> None:
        """The bath's guests of this round trip; others came while its bus was in the valley."""
        if self.bath:
            self.bath.claim_kept(browser)
            self.bath.visit(self.bench.welcome_guests(), browser)

    def drive_round(
        self, this: Round, riders: list[Rider], at_stop: Callable[[int], object] | None = None
    ) -> None:
        """Out and back again. `at_stop` is called at each stop of the trip out, before its doors open."""
        self._drive_trip(this, this.out, riders, at_stop or self._valley(len(this.out.arrivals)), back=False)
        if this.back is not None:
            self._drive_trip(this, this.back, riders, lambda _index: None, back=True)

    def drained(self) -> bool:
        """Wait until the office says that the bus has nothing left to send; False when it takes too long."""
        return _until(DRAIN_S, self._is_drained)

    def bath_drained(self) -> bool:
        """As `drained`, of the kiosk."""
        return _until(DRAIN_S, lambda: self._has_nothing_left(KIOSK.device))

    def _drive_trip(
        self,
        this: Round,
        trip: Trip,
        riders: list[Rider],
        at_stop: Callable[[int], object],
        *,
        back: bool,
    ) -> None:
        bench = self.bench
        journey = Journey(
            bench,
            bench.edition,
            trip.trip_id,
            self._speed,
            self._happened,
            seed=trip.departures[0],
            dwell=self._dwell,
        )
        midnight = datetime(this.day.year, this.day.month, this.day.day, tzinfo=JAPAN).timestamp()
        journey.wait_until(midnight + trip.departures[0] - BEFORE_DEPARTURE_S, LAYOVER_RATE)
        journey.stand_until(lambda: bench.driver.start_trip(trip, this.day), WARM_RATE, READY_S)
        stops = bench.edition.stops_of(trip.trip_id)
        self._tell(f"[bold]{trip.headsign}[/bold]  {stops[0].name} → {stops[-1].name}  （{trip.trip_id}）")
        journey.drive(
            plan(bench.edition, trip.trip_id, riders, back=back),
            at_stop,
            plan_by_hand(bench.edition, trip.trip_id, HAND_RIDERS, back=back),
        )
        bench.driver.end_trip()

    def _is_drained(self) -> bool:
        return self._has_nothing_left(BUS)

    def _has_nothing_left(self, device: str) -> bool:
        health = health_at_central(self.bench.office.data, device)
        # A last will has no queue and no trip either: the machine is away then, not done.
        return health is not None and health.online and health.queue == 0 and not health.trip_id

    def _valley(self, stops: int) -> Callable[[int], object]:
        begin, end = int(stops * VALLEY[0]), max(int(stops * VALLEY[1]), int(stops * VALLEY[0]) + 1)

        def at_stop(index: int) -> None:
            if index == begin:
                self.bench.road.cut()
                self._tell("[yellow]圏外に入りました / no network from here[/yellow]")
                if self.bath:
                    self.bath.visit_without_network(self.bench.welcome_guests())
            if index == end:
                self.bench.road.restore()
                self._tell("[yellow]圏内に戻りました / network is back[/yellow]")
                if self.bath:
                    self.bath.restore()

        return at_stop

    def _happened(self, happening: Happening) -> None:
        lamps = {"green": "[green]●[/green]", "red": "[red]●[/red]", "hand": "[cyan]手[/cyan]"}
        lamp = lamps.get(happening.lamp, "○")
        now = datetime.fromtimestamp(self.bench.clock.wall(), JAPAN)
        self._tell(f"{now:%H:%M:%S}  {lamp}  {happening.stop}  {happening.who}")


def run_demo(wish: Wish, console: Console, started: float) -> Reconciliation:
    """The demo from set-up to the reconciliation. Raises one of CANNOT."""
    camera = find_camera(wish.camera) if wish.camera is not None else ""
    port = wish.port + 2 if wish.port else 0
    phones = expect_phones(wish.lan, port) if wish.lan is not None else None
    with tempfile.TemporaryDirectory(prefix="yukemuri-demo-") as folder:
        # The wiring is where the real date comes in.
        setting, to_drive = set_up(wish, Path(folder), datetime.now(UTC).astimezone(JAPAN))
        with (
            Bench(replace(setting, camera=camera, phones=phones)) as bench,
            guests(bench, phones, console),
            chromium_or_none(console) as browser,
        ):
            console.print(
                f"  準備 {time.monotonic() - started:.1f} 秒。まもなく発車、Ctrl-C で終了 / ready; Ctrl-C ends it"
            )
            # The bath stands on the demo's own line.
            bath = bench.open_bath(console.print) if wish.feed == LINE else None
            if bath is not None:
                console.print(f"  おふろのキオスク / bath kiosk  {bench.kiosk_url}  （暗証番号 / PIN {PIN}）")
            demo = Demo(bench, wish.speed, console.print, DWELL_S if camera else 0, bath)
            try:
                for this in to_drive:
                    # Where a real camera is the door nobody can hold a picture before it.
                    riders = [] if camera else bench.hand_out(browser)
                    demo.drive_round(this, riders)
                    # Only now: a bus that stands for long without its receiver speaking does not get ready.
                    demo.bathe(browser)
                    for context in browser.contexts if browser else ():
                        context.close()
            except KeyboardInterrupt:
                console.print("終了します / ending …")
                bench.road.restore()
                if bath is not None:
                    bath.restore()
                bench.driver.end_trip()
            return settle(demo)


def set_up(wish: Wish, folder: Path, now: datetime) -> tuple[Plan, list[Round]]:
    """The bench's plan, and what its bus drives. Raises FeedUnreadable or NoTripToday."""
    feed, notice = wish.feed, NOTICE if wish.feed == LINE else OTHER_FEED
    draft = _draft(feed)
    day = first_day(draft, now.date())
    if wish.in_real_time:
        today = service_day(int(now.timestamp()))
        if not draft.trips_on(today):
            raise NoTripToday(
                f"{feed} には今日の便がありません。--lan と --camera では今日走る路線が要ります。 / "
                f"{feed} has no trips today; --lan and --camera need a line that runs today."
            )
        midnight = datetime(today.year, today.month, today.day, tzinfo=JAPAN)
        departs = int((now - midnight).total_seconds() + EARLY_S)
        later = departs - next(rounds(draft, today)).out.departures[0]
        feed, day, notice = moved(feed, later, folder / "feed"), today, f"{notice} — {MOVED}"
        draft = _draft(feed)
    to_drive = list(islice(rounds(draft, day), 1 if wish.once else MOST_ROUNDS))
    plan = Plan(
        folder,
        feed,
        notice,
        day,
        to_drive[0].out.departures[0],
        office_port=wish.port,
        screen_port=wish.port + 1 if wish.port else 0,
        kiosk_port=wish.port + 4 if wish.port else 0,
        real_time=wish.in_real_time,
    )
    return plan, to_drive


def _draft(feed: Path) -> Edition:
    read = read_feed(feed)
    if read.errors:
        raise FeedUnreadable(read.errors[0].message_ja, read.errors[0].message_en)
    return read.draft


def settle(demo: Demo) -> Reconciliation:
    """Wait for the queues, end bus and kiosk, and compare what everybody has. Raises Stuck."""
    if not demo.drained():
        raise Stuck("バスの送信待ちが残っています / the bus still has records to send")
    bench = demo.bench
    bench.bus.stop()
    rides = reconcile(bench.wires.lit("green"), bench.bus_folder(), BUS, bench.office.data)
    if demo.bath is None:
        return rides
    if not demo.bath_drained():
        raise Stuck("キオスクの送信待ちが残っています / the kiosk still has records to send")
    bench.kiosk.stop()
    bath = reconcile_bath(demo.bath.told, bench.kiosk_folder(), KIOSK.device, bench.office.data)
    return replace(rides, bath=bath)


def _until(seconds: float, holds: Callable[[], bool]) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.1)
    return False


@click.command()
@click.option(
    "--speed",
    type=click.FloatRange(1, 600),
    help=f"走行中の早送り、ふだんは {SPEED:.0f} / fast-forward while driving, by default {SPEED:.0f}",
)
@click.option(
    "--once",
    is_flag=True,
    help="一往復で終わり、照合結果を出す / end after one round trip with the reconciliation",
)
@click.option(
    "--port",
    type=click.IntRange(1024, 65_531),
    default=8800,
    show_default=True,
    help="役場の画面のポート。次の番号が運転席、その次の二つが電話、その次がキオスク / "
    "the office page's port; the next one is the driver's, the two after it are for phones, then the kiosk's",
)
@click.option(
    "--feed",
    type=click.Path(path_type=Path),
    default=LINE,
    help="別の GTFS で走る / drive another GTFS feed's first trip",
)
@click.option(
    "--lan",
    is_flag=False,
    flag_value="",
    metavar="[HOST]",
    help="同じWi-Fiの電話から開けるようにする。HOSTは名前（例 laptop.local、パスキーも使える）かアドレス。"
    "時間は早送りしない / open it to phones on the same Wi-Fi; HOST is a name, with which passkeys work, "
    "or an address. Time runs as it is",
)
@click.option(
    "--camera",
    metavar="N",
    help="USBカメラをバスの入口にする。0から数える。bus.tomlのcamera.sourceの書き方でもよい。時間は早送りしない / "
    "a webcam is the bus's door, counted from 0, or a setting as bus.toml has it. Time runs as it is",
)
@click.option(
    "--json", "as_json", is_flag=True, help="照合結果を一行のJSONで / the reconciliation as one line of JSON"
)
def main(
    *,
    speed: float | None,
    once: bool,
    port: int,
    feed: Path,
    lan: str | None,
    camera: str | None,
    as_json: bool,
) -> None:
    """村のバスの一日 / A day on the line: broker, office and a bus on a virtual bench."""
    started = time.monotonic()
    # The programs that were started end in order on either of these, as they do on Ctrl-C.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    wish = Wish(speed or SPEED, once, port, feed, lan, camera)
    if wish.in_real_time and speed is not None:
        raise click.UsageError(
            "--lan と --camera では早送りできません。--speed を消してください。 / "
            "With --lan or --camera time runs as it is: leave --speed out."
        )
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    try:
        result = run_demo(wish, console, started)
    except CANNOT as reason:
        console.print(f"[red]{reason}[/red]")
        sys.exit(1)
    seconds = time.monotonic() - started
    if as_json:
        click.echo(json.dumps(result.as_json(seconds)))
    else:
        tell_result(console, result, seconds)
    sys.exit(0 if result.agree else 1)


if __name__ == "__main__":
    main()
