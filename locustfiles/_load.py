"""The load, blind to what it meets.

By hand, each Locust user is one connection of a closed loop:

    locust -f locustfiles/get_user.py --host http://127.0.0.1:8000 --users 64

or, with `--rate 200`, one user sends by a schedule that waits for nobody (the open model). The harness gives a script instead (_script.py).
Response time counts from the intended start: a request that could not be sent in time has waited all the same.
"""

import itertools
import random
import time
from types import MappingProxyType
from urllib.parse import urlsplit

import _script
import gevent
from _clock import Alarm, now
from _connection import ERROR, LATE, SHED, UNFINISHED, Connection
from _record import Record
from locust import User, events, task

WORK, IDLE = 0, 1  # streams: the route in question, and the bystander
SWEEP_S = 0.01  # how often deadlines are looked at
DRAIN_S = 10  # for a server to work off its backlog
PATIENCE_S = 0.01  # before asking again where nobody listens
DRAWN = 4096  # requests drawn ahead, so that drawing costs the load nothing


@events.init_command_line_parser.add_listener
def _(parser):
    parser.add_argument(
        "--rate",
        type=float,
        default=0,
        help="open model: requests/s, sent by a Poisson schedule; use it with one user",
    )
    parser.add_argument(
        "--idle-rate",
        type=float,
        default=0,
        help="open model: requests/s to the route that does no work, beside the others",
    )
    parser.add_argument(
        "--connections",
        type=int,
        default=2000,
        help="open model: how many may be open at once; arrivals beyond are shed and counted",
    )
    parser.add_argument(
        "--script",
        action="store_true",
        help="run the phases given on standard input",
        include_in_web_ui=False,
    )


class LoadUser(User):
    """Asks `path` with keys drawn evenly from `keys`. A workload is a subclass that says what is asked, and by when it must be answered."""

    abstract = True
    method = "GET"
    path = "/"
    keys = range(1)
    headers = MappingProxyType({"Accept": "*/*"})
    body = ""
    idle = "/idle"
    deadline_s = 2.0

    @task
    def run_load(self):
        """Follow the script, or run by hand until Locust stops it."""
        options = self.environment.parsed_options
        record = Record(
            self.environment.stats,
            (f"{self.method} {self.path}", f"GET {self.idle}"),
            keep=options.script,
        )
        load = Load(self, record, options.connections)
        helpers = [gevent.spawn(load.sweep_forever), gevent.spawn(record.report_forever)]
        try:
            if options.script:
                _script.follow(self.environment, load)
            elif options.rate:
                self._open_by_hand(load, options)
            else:
                load.ask_forever(load.connection(), WORK, random.Random())
        finally:
            gevent.killall(helpers)
            record.report()

    def _open_by_hand(self, load, options):
        for seed in itertools.count():
            phase = {
                "rate": options.rate,
                "idle_rate": options.idle_rate,
                "ramp_s": 0,
                "window_s": 10,
            }
            load.open(phase, random.Random(seed), announce=lambda **_: None)

    def encode(self, method, path, body=""):
        """Write a request as bytes."""
        host = urlsplit(self.host)
        content = body.encode()
        lines = [
            f"{method} {host.path.rstrip('/')}{path} HTTP/1.1",
            f"Host: {host.netloc}",
            *(f"{name}: {value}" for name, value in self.headers.items()),
        ]
        if content:
            lines.append(f"Content-Length: {len(content)}")
        return "\r\n".join([*lines, "", ""]).encode() + content


class Load:
    """Runs phases of load: `closed` for capacity, `open` for latency and overload."""

    def __init__(self, user, record, most):
        host = urlsplit(user.host)
        if host.scheme != "http":
            raise ValueError(f"the host is {user.host!r}; this load speaks http:// only")
        self.address = (host.hostname, host.port or 80)
        self.record = record
        self.deadline_s = user.deadline_s
        self._deadline = int(user.deadline_s * 1e9)
        self._most = most
        self._requests = (
            [
                user.encode(
                    user.method, user.path.format(key=key), user.body.replace("{key}", str(key))
                )
                for key in user.keys
            ],
            [user.encode("GET", user.idle)],
        )
        self._connections = []
        self._answers = {}  # request -> checksum of its answer; the same for every server that this load meets

    def connection(self):
        """Make a connection, not yet open."""
        return Connection(self.address, self._answers)

    def closed(self, phase, rng, announce, share=0, of=1):
        """Let N connections ask again as soon as they are answered; who still waits when the window closes is on record as unfinished."""
        clients = phase["clients"] // of + (share < phase["clients"] % of)
        connections = [self.connection() for _ in range(clients)]
        alarm, opens = Alarm(), now() + int(phase["ramp_s"] * 1e9)
        self.record.begin(opens)
        think_s = phase.get("think_s", 0)
        asking = [
            gevent.spawn(self.ask_forever, connection, phase["stream"], rng, think_s)
            for connection in connections
        ]
        alarm.sleep_until(opens)
        window = Window(announce)
        alarm.sleep_until(opens + int(phase["window_s"] * 1e9))
        window.close(phase["window_s"])
        gevent.killall(asking)
        alarm.close()
        self._close_all(connections)

    def drain(self):
        """Wait until the server has worked off what earlier phases left: one request of the work gets its answer."""
        connection, until = self.connection(), now() + int(DRAIN_S * 1e9)
        self._connections.append(connection)
        while now() < until and connection.ask(self._requests[WORK][0], until) == ERROR:
            gevent.sleep(PATIENCE_S)
        self._close_all([connection])

    def ask_forever(self, connection, stream, rng, think_s=0):
        """Be one connection of the closed loop, which may pause before it asks again."""
        self._connections.append(connection)
        requests = itertools.cycle(rng.choices(self._requests[stream], k=DRAWN))
        ask, add, deadline = connection.ask, self.record.add, self._deadline
        sent = outcome = None
        try:
            for request in requests:
                outcome = None
                sent = now()
                outcome = ask(request, sent + deadline)
                add(stream, sent, sent, now(), outcome)
                if outcome == ERROR:
                    gevent.sleep(PATIENCE_S)
                elif think_s:
                    gevent.sleep(think_s)
        except gevent.GreenletExit:
            if outcome is None and sent is not None:
                add(stream, sent, sent, now(), UNFINISHED)
            raise

    def open(self, phase, rng, announce, share=0, of=1):
        """Send by a schedule that was drawn before and waits for nobody; every arrival of the window is on record, answered or not."""
        length = phase["ramp_s"] + phase["window_s"]
        arrivals = sorted(
            (at, stream, rng.choice(self._requests[stream]))
            for stream, rate in ((WORK, phase["rate"]), (IDLE, phase["idle_rate"]))
            for began, seconds in ((0, phase["ramp_s"]), (phase["ramp_s"], phase["window_s"]))
            for at in SHAPES[phase.get("arrivals", "poisson")](rate, began, seconds, rng)
        )[share::of]
        idle = []  # connections, the one used last on top
        alarm, start = Alarm(), now() + 2_000_000
        opens, closes, window = start + int(phase["ramp_s"] * 1e9), start + int(length * 1e9), None
        flight = InFlight(opens, closes)
        self.record.begin(opens)
        flying = set()
        for at, stream, request in arrivals:
            intended = start + at
            if window is None and intended >= opens:
                alarm.sleep_until(opens)
                window = Window(announce)
            alarm.sleep_until(intended)
            if idle:
                connection = idle.pop()
            elif len(self._connections) < self._most:
                self._connections.append(connection := self.connection())
            else:
                moment = now()
                self.record.add(stream, intended, moment, moment, SHED)
                continue
            one = gevent.spawn(self._one, connection, idle, stream, request, intended, flight)
            flying.add(one)
            one.rawlink(flying.discard)
        alarm.sleep_until(opens)
        window = window or Window(announce)
        alarm.sleep_until(closes)
        window.close(phase["window_s"], flight.mean())
        gevent.joinall(list(flying))  # each ends by its deadline
        alarm.close()
        self._close_all(self._connections)

    def _one(self, connection, idle, stream, request, intended, flight):
        due = intended + self._deadline
        sent = now()
        flight.change(1, sent)
        outcome = connection.ask(request, due) if sent < due else LATE
        done = now()
        flight.change(-1, done)
        self.record.add(stream, intended, sent, done, outcome)
        idle.append(connection)

    def sweep_forever(self):
        """Wake up the requests that are past their deadline."""
        while True:
            gevent.sleep(SWEEP_S)
            moment = now()
            for connection in self._connections:
                if connection.due is not None and connection.due <= moment:
                    connection.expire()

    def _close_all(self, connections):
        for connection in connections:
            connection.close()
        self._connections = []


class InFlight:
    """Counts requests in flight over a window, apart from the records, so that one can be held against the other (Little's law)."""

    def __init__(self, opens, closes):
        self._opens, self._closes = opens, closes
        self._count = self._area = 0
        self._since = opens

    def change(self, by, at):
        """Take in that a request was sent or has ended."""
        inside = min(at, self._closes) - max(self._since, self._opens)
        if inside > 0:
            self._area += self._count * inside
        self._count += by
        self._since = at

    def mean(self):
        """Give the mean over the window, which must have closed."""
        self.change(0, self._closes)
        return self._area / (self._closes - self._opens)


class Window:
    """A measured stretch of time, announced as it opens and as it closes."""

    def __init__(self, announce):
        self._announce = announce
        self._since, self._cpu_s = now(), time.process_time()
        announce(event="open")

    def close(self, seconds, in_flight=None):
        """Say how long it was by plan, what the generator itself used, and how many requests were in flight on average."""
        busy = (time.process_time() - self._cpu_s) / (now() - self._since) * 1e9
        self._announce(event="close", seconds=seconds, cpu_s=busy * seconds, in_flight=in_flight)


def poisson(rate, began_s, seconds, rng):
    """Draw the arrival times, in nanoseconds, of a Poisson process that is known to bring `rate * seconds` requests.

    Given their number, its arrivals are spread evenly and independently. So every run gets the very number that was planned.
    """
    return [int((began_s + seconds * rng.random()) * 1e9) for _ in range(round(rate * seconds))]


def uniform(rate, began_s, seconds, rng):
    """Give evenly spaced arrival times, in nanoseconds, from a random start."""
    first = rng.random()
    return [int((began_s + (n + first) / rate) * 1e9) for n in range(round(rate * seconds))]


SHAPES = {"poisson": poisson, "uniform": uniform}
