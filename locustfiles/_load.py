"""Runs phases of load: closed ones for capacity, open ones for latency and overload."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from itertools import count, cycle
from typing import Any

import gevent

from locustfiles._clock import Alarm, now
from locustfiles._connection import ERROR, LATE, SHED, UNFINISHED, Connection, outcome_name
from locustfiles._encoded import IDLE, STREAMS, WORK, EncodedWorkload
from locustfiles._record import Record

SWEEP_S = 0.01  # how often deadlines are checked
SWEEPS = 100  # in which every idle connection is tended once
DRAIN_S = 10  # for a server to work off its backlog
PAUSE_S = 0.01  # before asking again after an error, such as where nobody listens
DRAWN = 4096  # requests drawn ahead, so that drawing costs nothing under load
LEAST = 3  # requests of one connection alone, for there to be a median of them
LEAD_NS = 2_000_000  # from drawing a schedule to its start

Phase = Mapping[str, Any]  # a harness.model.trial.Phase as JSON has it
Announce = Callable[..., object]  # given the fields of an event


class Load:
    """The load of one process: `most` is how many connections the open model may have."""

    def __init__(self, asked: EncodedWorkload, record: Record, most: int) -> None:
        self.address = asked.address  # of the server; every script has its own
        self.record = record
        self.deadline_s = asked.deadline_s
        self._asked = asked
        self._deadline = int(asked.deadline_s * 1e9)
        self._most = most
        self._connections: list[Connection] = []
        self._failures: dict[int, str] = {}

    @property
    def failures(self) -> Mapping[str, str]:
        """Which request failed first, by outcome, and how."""
        return {outcome_name(outcome): text for outcome, text in self._failures.items()}

    def clear(self) -> None:
        """Begin anew, for another script."""
        self.record.clear()
        self._failures.clear()

    def connection(self, stream: int) -> Connection:
        """Return a connection for a stream, not yet open."""
        made = self._asked.connection(stream, self.address, self._failures)
        self._connections.append(made)
        return made

    def closed(
        self, phase: Phase, rng: random.Random, announce: Announce, share: int = 0, of: int = 1
    ) -> None:
        """Let N connections ask again as soon as they are answered.

        Requests that still wait when the window closes are recorded as unfinished. One connection
        alone has a window that lasts until it was answered LEAST times.
        """
        clients = phase["clients"] // of + (share < phase["clients"] % of)
        alarm, opens = Alarm(), now() + int(phase["ramp_s"] * 1e9)
        self.record.begin(opens)
        stream, think_s = STREAMS.index(phase["stream"]), phase["think_s"]
        asking = [
            gevent.spawn(self.ask_forever, self.connection(stream), stream, rng, think_s)
            for _ in range(clients)
        ]
        alarm.sleep_until(opens)
        window, before = Window(announce), len(self.record)
        closes = opens + int(phase["window_s"] * 1e9)
        alarm.sleep_until(closes)
        if phase["clients"] == clients == 1:
            latest = closes + LEAST * self._deadline
            while len(self.record) - before < LEAST and closes < latest:
                closes = now() + int(SWEEP_S * 1e9)
                alarm.sleep_until(closes)
        window.close((closes - opens) / 1e9)
        gevent.killall(asking)
        alarm.close()
        self.close()

    def drain(self) -> None:
        """Wait until one request of the work is answered.

        By then the server has worked off what earlier phases left.
        """
        connection, until = self.connection(WORK), now() + int(DRAIN_S * 1e9)
        request, right = self._asked.requests[WORK][0], self._asked.right[WORK]
        while now() < until and connection.ask(request, until, right) == ERROR:
            gevent.sleep(PAUSE_S)
        self.close()

    def ask_forever(
        self, connection: Connection, stream: int, rng: random.Random, think_s: float = 0
    ) -> None:
        """Be one connection of the closed loop, which may pause before it asks again."""
        requests = cycle(rng.choices(self._asked.requests[stream], k=DRAWN))
        right = self._asked.right[stream]
        ask, add, deadline = connection.ask, self.record.add, self._deadline
        sent = outcome = None
        try:
            for request in requests:
                outcome = None
                sent = now()
                outcome = ask(request, sent + deadline, right)
                add(stream, sent, sent, now(), outcome)
                if outcome == ERROR:
                    gevent.sleep(PAUSE_S)
                elif think_s:
                    gevent.sleep(think_s)
        except gevent.GreenletExit:
            if outcome is None and sent is not None:
                add(stream, sent, sent, now(), UNFINISHED)
            raise

    def open(
        self, phase: Phase, rng: random.Random, announce: Announce, share: int = 0, of: int = 1
    ) -> None:
        """Send by a schedule that was drawn before and waits for nobody.

        Every arrival of the window is recorded, answered or not.
        """
        arrivals = self._schedule(phase, rng)[share::of]
        idle: tuple[list[Connection], ...] = ([], [])  # by stream, the one used last on top
        if not self._asked.opening:
            idle = idle[:1] * 2  # all connections are alike
        alarm, start = Alarm(), now() + LEAD_NS
        opens = start + int(phase["ramp_s"] * 1e9)
        closes = start + int((phase["ramp_s"] + phase["window_s"]) * 1e9)
        window, in_flight = None, InFlight(opens, closes)
        self.record.begin(opens)
        flying: set[gevent.Greenlet] = set()
        for at, stream, request in arrivals:
            intended = start + at
            if window is None and intended >= opens:
                alarm.sleep_until(opens)
                window = Window(announce)
            alarm.sleep_until(intended)
            if idle[stream]:
                connection = idle[stream].pop()
            elif len(self._connections) < self._most:
                connection = self.connection(stream)
            else:
                moment = now()
                self.record.add(stream, intended, moment, moment, SHED)
                continue
            one = gevent.spawn(
                self._one, connection, idle[stream], stream, request, intended, in_flight
            )
            flying.add(one)
            one.rawlink(flying.discard)
        alarm.sleep_until(opens)
        window = window or Window(announce)
        alarm.sleep_until(closes)
        window.close(phase["window_s"], in_flight.mean())
        gevent.joinall(list(flying))  # each ends by its deadline
        alarm.close()
        self.close()

    def _schedule(self, phase: Phase, rng: random.Random) -> list[tuple[int, int, bytes]]:
        """Draw all arrivals of a phase: when, in ns from its start, in which stream, and what."""
        spread = SPREADS[phase["arrivals"]]
        return sorted(
            (at, stream, rng.choice(self._asked.requests[stream]))
            for stream, rate in ((WORK, phase["rate"]), (IDLE, phase["idle_rate"]))
            for began, seconds in ((0, phase["ramp_s"]), (phase["ramp_s"], phase["window_s"]))
            for at in spread(rate, began, seconds, rng)
        )

    def _one(
        self,
        connection: Connection,
        idle: list[Connection],
        stream: int,
        request: bytes,
        intended: int,
        in_flight: InFlight,
    ) -> None:
        due = intended + self._deadline
        sent = now()
        in_flight.change(1, sent)
        right = self._asked.right[stream]
        outcome = connection.ask(request, due, right) if sent < due else LATE
        done = now()
        in_flight.change(-1, done)
        self.record.add(stream, intended, sent, done, outcome)
        idle.append(connection)

    def sweep_forever(self) -> None:
        """Wake up the requests that are past their deadline, and tend idle connections in turn."""
        for turn in count():
            gevent.sleep(SWEEP_S)
            for connection in self._connections[turn % SWEEPS :: SWEEPS]:
                connection.tend()
            moment = now()
            for connection in self._connections:
                if connection.due is not None and connection.due <= moment:
                    connection.expire()

    def close(self) -> None:
        """Close all connections."""
        for connection in self._connections:
            connection.close()
        self._connections = []


class InFlight:
    """Counts requests in flight over a window.

    It counts apart from the records, so that the two can be compared (Little's law).
    """

    def __init__(self, opens: int, closes: int) -> None:
        self._opens, self._closes = opens, closes
        self._count = self._area = 0
        self._since = opens

    def change(self, by: int, at: int) -> None:
        """Count a request that was sent, or has ended."""
        within = min(at, self._closes) - max(self._since, self._opens)
        if within > 0:
            self._area += self._count * within
        self._count += by
        self._since = at

    def mean(self) -> float:
        """Return the mean over the window, which must have closed."""
        self.change(0, self._closes)
        return self._area / (self._closes - self._opens)


class Window:
    """A measured stretch of time, announced as it opens and as it closes."""

    def __init__(self, announce: Announce) -> None:
        self._announce = announce
        self._since, self._cpu_s = now(), time.process_time()
        announce(event="open")

    def close(self, seconds: float, in_flight: float | None = None) -> None:
        """Announce its planned length, the generator's own CPU, and the mean in flight."""
        busy = (time.process_time() - self._cpu_s) / (now() - self._since) * 1e9
        self._announce(event="close", seconds=seconds, cpu_s=busy * seconds, in_flight=in_flight)


def poisson(rate: float, began_s: float, seconds: float, rng: random.Random) -> Sequence[int]:
    """Draw arrival times, in ns, of a Poisson process that brings exactly `rate * seconds`.

    Given their number, its arrivals are spread evenly and independently, so every run gets the
    very number that was planned.
    """
    return [int((began_s + seconds * rng.random()) * 1e9) for _ in range(round(rate * seconds))]


def uniform(rate: float, began_s: float, seconds: float, rng: random.Random) -> Sequence[int]:
    """Return evenly spaced arrival times, in ns, from a random start."""
    first = rng.random()
    return [int((began_s + (n + first) / rate) * 1e9) for n in range(round(rate * seconds))]


SPREADS = {"poisson": poisson, "uniform": uniform}
