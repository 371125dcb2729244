"""The load, blind to what it meets: a Locust user that runs a closed loop by hand, or a script of phases for the harness.

By hand, each Locust user is one connection that asks again as soon as it is answered (the closed model):

    locust -f locustfiles/get_user.py --host http://127.0.0.1:8000 -u 64

The harness writes a script to standard input, one line of JSON, and reads one line of JSON for each window that opens or closes.
Response time counts from the intended start: a request that could not be sent in time has waited all the same.
"""

import gc
import json
import random
import sys
import time
from urllib.parse import urlsplit

import gevent
from _clock import Alarm, now
from _connection import ERROR, LATE, OUTCOMES, SHED, UNFINISHED, Connection
from _record import Record
from gevent.select import select
from locust import User, events, task

WORK, IDLE = 0, 1  # streams: the route in question, and the bystander
SWEEP_S = 0.01  # how often deadlines are looked at
MAX_CONNECTIONS = 2000  # open at once; an arrival beyond is shed and counted


@events.init_command_line_parser.add_listener
def _(parser):
    parser.add_argument("--script", action="store_true", help="run the phases given on standard input", include_in_web_ui=False)


class LoadUser(User):
    """Asks `path` with keys drawn from `keys`. A workload is a subclass that says what is asked, and by when it must be answered."""

    abstract = True
    path = "/"
    keys = range(1)
    idle = "/idle"
    deadline_s = 2.0

    @task
    def run_load(self):
        """Run the script, or one connection of the closed loop until Locust stops it."""
        host = urlsplit(self.host)
        self.address = (host.hostname, host.port or 80)
        self.requests = ([self._request(self.path.format(key=key)) for key in self.keys], [self._request(self.idle)])
        script = self.environment.parsed_options.script
        self.record = Record(self.environment.stats, (self.path, self.idle), keep=script)
        self.connections = []
        helpers = [gevent.spawn(self._sweep), gevent.spawn(self.record.report_forever)]
        try:
            if script:
                self._run_script()
            else:
                self._ask_again_and_again(Connection(self.address), WORK, random.Random())
        finally:
            gevent.killall(helpers)
            self.record.report()

    def _request(self, path):
        return f"GET {path} HTTP/1.1\r\nHost: {self.address[0]}:{self.address[1]}\r\nAccept: */*\r\n\r\n".encode()

    def _run_script(self):
        _say(event="ready")
        select([sys.stdin], [], [])
        script = json.loads(sys.stdin.readline())
        gc.disable()  # a pause of the collector would be taken for the server's
        for number, phase in enumerate(script["phases"]):
            gc.collect()
            self.record.phase = number
            {"closed": self._closed, "open": self._open}[phase["model"]](phase, random.Random(f"{script['seed']} {number}"))
        self.record.save(script["record"])
        _say(event="done", outcomes=OUTCOMES, deadline_s=self.deadline_s)
        self.environment.runner.quit()

    def _closed(self, phase, rng):
        """Let N connections ask again as soon as they are answered; who still waits when the window closes is on record as unfinished."""
        connections = [Connection(self.address) for _ in range(phase["clients"])]
        asking = [gevent.spawn(self._ask_again_and_again, connection, phase["stream"], rng) for connection in connections]
        alarm = Alarm()
        start = now() + int(phase["ramp_s"] * 1e9)
        alarm.sleep_until(start)
        window = Window(start)
        alarm.sleep_until(start + int(phase["window_s"] * 1e9))
        window.close()
        gevent.killall(asking)
        alarm.close()
        self.connections.clear()
        for connection in connections:
            connection.close()

    def _ask_again_and_again(self, connection, stream, rng):
        self.connections.append(connection)
        requests, record, deadline = self.requests[stream], self.record, int(self.deadline_s * 1e9)
        sent = outcome = None
        try:
            while True:
                request = rng.choice(requests)
                outcome = None
                sent = now()
                outcome = connection.ask(request, sent + deadline)
                record.add(stream, sent, sent, now(), outcome)
                if outcome == ERROR:
                    gevent.sleep(0.01)  # nobody listens: do not spin
        except gevent.GreenletExit:
            if outcome is None:
                record.add(stream, sent, sent, now(), UNFINISHED)
            raise

    def _open(self, phase, rng):
        """Send by a schedule that was drawn before and waits for nobody; every arrival of the window is on record, answered or not."""
        length = phase["ramp_s"] + phase["window_s"]
        arrivals = sorted(
            (at, stream, rng.choice(self.requests[stream]))
            for stream, rate in ((WORK, phase["rate"]), (IDLE, phase["idle_rate"]))
            for began, seconds in ((0, phase["ramp_s"]), (phase["ramp_s"], phase["window_s"]))
            for at in poisson(rate, began, seconds, rng)
        )
        idle = []  # connections, the one used last on top
        alarm = Alarm()
        start = now() + 2_000_000
        opens, window = start + int(phase["ramp_s"] * 1e9), None
        flying = set()
        for at, stream, request in arrivals:
            intended = start + at
            if window is None and intended >= opens:
                alarm.sleep_until(opens)
                window = Window(opens)
            alarm.sleep_until(intended)
            if idle:
                connection = idle.pop()
            elif len(self.connections) < MAX_CONNECTIONS:
                self.connections.append(connection := Connection(self.address))
            else:
                self.record.add(stream, intended, now(), now(), SHED)
                continue
            one = gevent.spawn(self._one, connection, idle, stream, request, intended)
            flying.add(one)
            one.rawlink(flying.discard)
        alarm.sleep_until(start + int(length * 1e9))
        (window or Window(opens)).close()
        gevent.joinall(list(flying))  # each ends by its deadline
        alarm.close()
        for connection in self.connections:
            connection.close()
        self.connections.clear()

    def _one(self, connection, idle, stream, request, intended):
        due = intended + int(self.deadline_s * 1e9)
        sent = now()
        outcome = connection.ask(request, due) if sent < due else LATE
        self.record.add(stream, intended, sent, now(), outcome)
        idle.append(connection)

    def _sweep(self):
        while True:
            gevent.sleep(SWEEP_S)
            moment = now()
            for connection in self.connections:
                if connection.due is not None and connection.due <= moment:
                    connection.expire()


class Window:
    """A measured stretch of time, announced as it opens and as it closes."""

    def __init__(self, opened):
        self._opened = opened
        self._cpu_s = time.process_time()
        _say(event="open", at_ns=opened)

    def close(self):
        """Say how long it was and what the generator itself has used."""
        _say(event="close", at_ns=now(), seconds=(now() - self._opened) / 1e9, generator_cpu_s=time.process_time() - self._cpu_s)


def poisson(rate, began_s, seconds, rng):
    """Draw the arrival times, in nanoseconds, of a Poisson process that is known to bring `rate * seconds` requests.

    Given their number, its arrivals are spread evenly and independently. So every run gets the very number that was planned.
    """
    return [int((began_s + seconds * rng.random()) * 1e9) for _ in range(round(rate * seconds))]


def _say(**what):
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()
