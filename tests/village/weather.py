"""What goes wrong in a seed's week, and how much of it: drawn from its dice, so no two seeds are alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from tests.village.clockwork import DAY_S, HOUR
from tests.village.office import QUICK_S
from tests.village.wire import Road

if TYPE_CHECKING:
    from tests.village.village import Village

OLD_CARDS = True
"""Whether old images of cards are put back, which needs a journal that begins anew when central disagrees."""
WRONG_BY_S = (-1024 * 7 * DAY_S, -1_790_000_000, -7 * HOUR, -90, 45, 240, 2 * HOUR)
"""How receivers and the network's time are wrong: a week counter run over, 1970, an hour or some seconds off."""


@dataclass(frozen=True, slots=True)
class Weather:
    """Shares of messages as in `Road`, the others are events a day: of each machine, or of the one office."""

    loss: float
    doubled: float
    late: float
    replays: float
    network_cuts: float
    power_cuts: float
    wrong_clocks: float
    server_crashes: float
    broker_restarts: float
    restores: float
    old_cards: float = 0.0

    @property
    def road(self) -> Road:
        """For every machine's wire."""
        return Road(self.loss, self.doubled, self.late)


def weather_of(dice: Random) -> Weather:
    """Every fault at its own strength: many seeds have little of one and much of another."""

    def some(most: float) -> float:
        return dice.choice((0.0, 0.1, 0.3, 1.0)) * most

    return Weather(
        loss=some(0.3),
        doubled=some(0.2),
        late=some(0.2),
        replays=some(60),
        network_cuts=some(4),
        power_cuts=some(3),
        wrong_clocks=some(0.5),
        server_crashes=some(4),
        broker_restarts=some(2),
        restores=some(0.4),
        old_cards=some(0.5),
    )


class Trouble:
    """Lets faults happen to a village, until `stop`."""

    def __init__(self, village: Village, weather: Weather, dice: Random) -> None:
        self._village = village
        self._weather = weather
        self._dice = dice
        self._agenda = village.agenda
        self._over = False

    def start(self) -> None:
        """From now on."""
        weather, machines = self._weather, len(self._village.machines)
        self._often(weather.replays, self._village.broker.replay_something)
        self._often(weather.network_cuts * machines, self._network_cut)
        self._often(weather.power_cuts * machines, self._power_cut)
        self._often(weather.wrong_clocks * machines, self._wrong_clock)
        self._often(weather.server_crashes, self._server_crash)
        self._often(weather.broker_restarts, self._broker_restart)
        self._often(weather.restores, self._restore)
        if OLD_CARDS:
            # Half of them make the image, half put one back; and not while its machine is on.
            self._often(4 * weather.old_cards * machines, self._old_card)
        self._often(4, self._village.back_up)

    def stop(self) -> None:
        """No fault any more, and those that last are over."""
        self._over = True
        village = self._village
        village.central.fuse.put_out()
        village.central.busy_s = QUICK_S
        village.central.start()
        for machine in village.machines:
            machine.fuse.put_out()
            machine.be_right()
            machine.wire.road = Road()
            machine.is_narrow = False
            machine.wire.restore_network()

    def _often(self, a_day: float, act: Callable[[], object]) -> None:
        """Now and then, so many times a day of 24 hours on average."""
        if a_day <= 0:
            return

        def happen() -> None:
            if not self._over:
                act()
                again()

        def again() -> None:
            self._agenda.after(self._dice.expovariate(a_day / DAY_S), happen)

        again()

    def _network_cut(self) -> None:
        machine = self._dice.choice(self._village.machines)
        seconds = self._dice.choice((60.0, 600.0, HOUR, 5.0 * HOUR)) * self._dice.uniform(0.3, 1.0)
        if machine.wire.network:
            self._agenda.note(f"{machine.unit}: no network for {seconds:.0f} s")
            machine.wire.cut_network()
            self._agenda.after(seconds, machine.wire.restore_network)

    def _power_cut(self) -> None:
        """Between any two statements of what it does next, or around a commit; or right now, between two facts."""
        machine = self._dice.choice(self._village.machines)
        after = self._dice.random() < 0.5
        match self._dice.randrange(4):
            case 0:
                self._agenda.note(f"{machine.unit}: the power is cut between two facts")
                machine.switch_off()
            case 1:
                machine.fuse.light(statements=self._dice.randrange(1, 40), after=after)
            case _:
                machine.fuse.light(commits=self._dice.randrange(1, 6), after=after)

    def _wrong_clock(self) -> None:
        machine = self._dice.choice(self._village.machines)
        seconds = float(self._dice.choice(WRONG_BY_S))
        self._agenda.note(f"{machine.unit}: its time is {seconds:.0f} s wrong")
        machine.be_wrong_by(seconds)
        self._agenda.after(self._dice.uniform(600, 3 * HOUR), lambda: machine.be_wrong_by(0.0))

    def _server_crash(self) -> None:
        central = self._village.central
        after = self._dice.random() < 0.5
        match self._dice.randrange(4):
            case 0:
                self._agenda.note("the server is cut off between two turns")
                central.crash()
                self._agenda.after(self._dice.uniform(3, 600), central.start)
            case 1:
                central.fuse.light(statements=self._dice.randrange(1, 150), after=after)
            case _:
                central.fuse.light(commits=self._dice.randrange(1, 3), after=after)

    def _broker_restart(self) -> None:
        keeps = self._dice.random() < 0.5
        self._agenda.note(f"the broker restarts {'with' if keeps else 'without'} its sessions")
        self._village.broker.restart(self._dice.uniform(1, 120), keeps_sessions=keeps)

    def _old_card(self) -> None:
        """An image of a card that was made some night is put back on another, as somebody may who repairs a machine."""
        life = self._dice.choice(self._village.lives)
        if life.is_asleep() and self._village.holds_all_of(life.machine):
            # Whatever only the replaced card knew beside central, central must not lose as well.
            self._village.back_up()
            self._agenda.note(
                f"{life.machine.unit}: its card is {'put back' if life.swap_card() else 'copied'}"
            )

    def _restore(self) -> None:
        if self._village.restore():
            self._agenda.note("an older copy of the books is put back")
