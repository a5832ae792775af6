"""`./dev demo`: a day on the line, on the virtual bench left running."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console

from central.network.feeds.open_feed import read_feed
from hil.bench import BUS, JAPAN, Bench, MosquittoMissing, Plan
from hil.journey import Happening, Journey, plan, plan_by_hand
from hil.reconcile import Reconciliation, health_at_central, reconcile
from hil.riders import HAND_RIDERS
from hil.rounds import Round, first_day, rounds
from hil.virtual.ports import PortTaken
from hil.virtual.processes import NotReady
from rules.network.feed.problems import FeedUnreadable

if TYPE_CHECKING:
    from hil.riders import Carried
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


class Stuck(Exception):
    """The demo could not go on. The text says where."""


CANNOT = (FeedUnreadable, PortTaken, MosquittoMissing, NotReady, Stuck)
"""Why there may be no demo. Each says it in one sentence, with the remedy."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the demo was asked for."""

    speed: float
    once: bool
    port: int
    feed: Path


class Demo:
    """Drives round trips on an open bench."""

    def __init__(self, bench: Bench, speed: float, tell: Callable[[str], object]) -> None:
        self.bench = bench
        self._speed = speed
        self._tell = tell

    def drive_round(
        self, this: Round, riders: list[Carried], at_stop: Callable[[int], object] | None = None
    ) -> None:
        """Out and back again. `at_stop` is called at each stop of the trip out, before its doors open."""
        self._drive_trip(this, this.out, riders, at_stop or self._valley(len(this.out.arrivals)), back=False)
        if this.back is not None:
            self._drive_trip(this, this.back, riders, lambda _index: None, back=True)

    def drained(self) -> bool:
        """Wait until the office says that the bus has nothing left to send; False when it takes too long."""
        return _until(DRAIN_S, self._is_drained)

    def _drive_trip(
        self,
        this: Round,
        trip: Trip,
        riders: list[Carried],
        at_stop: Callable[[int], object],
        *,
        back: bool,
    ) -> None:
        bench = self.bench
        journey = Journey(
            bench, bench.edition, trip.trip_id, self._speed, self._happened, seed=trip.departures[0]
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
        health = health_at_central(self.bench.office.data, BUS)
        # A last will has no queue and no trip either: the bus is away then, not done.
        return health is not None and health.online and health.queue == 0 and not health.trip_id

    def _valley(self, stops: int) -> Callable[[int], object]:
        begin, end = int(stops * VALLEY[0]), max(int(stops * VALLEY[1]), int(stops * VALLEY[0]) + 1)

        def at_stop(index: int) -> None:
            if index == begin:
                self.bench.road.cut()
                self._tell("[yellow]圏外に入りました / no network from here[/yellow]")
            if index == end:
                self.bench.road.restore()
                self._tell("[yellow]圏内に戻りました / network is back[/yellow]")

        return at_stop

    def _happened(self, happening: Happening) -> None:
        lamps = {"green": "[green]●[/green]", "red": "[red]●[/red]", "hand": "[cyan]手[/cyan]"}
        lamp = lamps.get(happening.lamp, "○")
        now = datetime.fromtimestamp(self.bench.clock.wall(), JAPAN)
        self._tell(f"{now:%H:%M:%S}  {lamp}  {happening.stop}  {happening.who}")


def run_demo(wish: Wish, console: Console, started: float) -> Reconciliation:
    """The demo from set-up to the reconciliation. Raises one of CANNOT."""
    feed = read_feed(wish.feed)
    if feed.errors:
        raise FeedUnreadable(feed.errors[0].message_ja, feed.errors[0].message_en)
    # The wiring is where the real date comes in.
    day = first_day(feed.draft, datetime.now(UTC).astimezone(JAPAN).date())
    to_drive = list(islice(rounds(feed.draft, day), 1 if wish.once else MOST_ROUNDS))
    notice = NOTICE if wish.feed == LINE else OTHER_FEED
    with tempfile.TemporaryDirectory(prefix="yukemuri-demo-") as folder:
        setting = Plan(
            Path(folder),
            wish.feed,
            notice,
            day,
            to_drive[0].out.departures[0],
            office_port=wish.port,
            screen_port=wish.port + 1 if wish.port else 0,
        )
        with Bench(setting) as bench:
            console.print(f"[bold]ゆけむり デモ / demo[/bold]  {notice}")
            console.print(f"  役場の画面 / office        {bench.office_link()}  （一度だけ / once）")
            console.print(f"  運転席の画面 / driver      {bench.screen_url}")
            console.print(
                f"  準備 {time.monotonic() - started:.1f} 秒。まもなく発車、Ctrl-C で終了 / ready; Ctrl-C ends it"
            )
            demo = Demo(bench, wish.speed, console.print)
            hands = bench.hand_out(len(to_drive))
            try:
                for this, riders in zip(to_drive, hands, strict=True):
                    demo.drive_round(this, riders)
            except KeyboardInterrupt:
                console.print("終了します / ending …")
                bench.road.restore()
                bench.driver.end_trip()
            return settle(demo)


def settle(demo: Demo) -> Reconciliation:
    """Wait for the queue, end the bus, and compare what everybody has. Raises Stuck."""
    if not demo.drained():
        raise Stuck("バスの送信待ちが残っています / the bus still has records to send")
    bench = demo.bench
    bench.bus.stop()
    return reconcile(bench.wires.lit("green"), bench.bus_folder(), BUS, bench.office.data)


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
    default=30.0,
    show_default=True,
    help="走行中の早送り / fast-forward while driving",
)
@click.option(
    "--once",
    is_flag=True,
    help="一往復で終わり、照合結果を出す / end after one round trip with the reconciliation",
)
@click.option(
    "--port",
    type=click.IntRange(1024, 65_534),
    default=8800,
    show_default=True,
    help="役場の画面のポート。次の番号が運転席 / the office page's port; the next one is the driver's",
)
@click.option(
    "--feed",
    type=click.Path(path_type=Path),
    default=LINE,
    help="別の GTFS で走る / drive another GTFS feed's first trip",
)
@click.option(
    "--json", "as_json", is_flag=True, help="照合結果を一行のJSONで / the reconciliation as one line of JSON"
)
def main(*, speed: float, once: bool, port: int, feed: Path, as_json: bool) -> None:
    """村のバスの一日 / A day on the line: broker, office and a bus on a virtual bench."""
    started = time.monotonic()
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    try:
        result = run_demo(Wish(speed, once, port, feed), console, started)
    except CANNOT as reason:
        console.print(f"[red]{reason}[/red]")
        sys.exit(1)
    seconds = time.monotonic() - started
    if as_json:
        click.echo(json.dumps(result.as_json(seconds)))
    else:
        _print(console, result, seconds)
    sys.exit(0 if result.agree else 1)


def _print(console: Console, result: Reconciliation, seconds: float) -> None:
    console.print()
    console.print("[bold]照合 / reconciliation[/bold]")
    console.print(f"  緑のランプ / taps answered green        {result.green}")
    console.print(f"  受領済み / acknowledged to the bus      {result.acknowledged}")
    console.print(f"  役場の記録 / in the office's books      {result.central}")
    console.print(f"  乗車 / rides: バス bus {result.rides}, 役場 central {result.rides_central}")
    console.print(f"  運賃 / yen: バス decided {result.yen_decided:,}, 元帳 posted {result.yen_posted:,}")
    console.print(
        f"  手扱い / by hand: バス bus {result.by_hand}・{result.cash_by_hand:,} 円 yen, "
        f"役場 central {result.by_hand_central}・{result.cash_by_hand_posted:,} 円 yen"
    )
    word = "[green]一致 / agree[/green]" if result.agree else "[red]不一致 / DISAGREE[/red]"
    console.print(f"  {word}  （{seconds:.0f} 秒 / s）")


if __name__ == "__main__":
    main()
