"""Locust as it comes, for comparison: HttpUser, FastHttpUser, and one at a constant throughput.

It says, as JSON on one line, what it did in a window after everybody was spawned.
"""

import json
import os
import sys
import time

import gevent
from locust import FastHttpUser, HttpUser, constant_throughput, events, task

WINDOW_S = float(os.getenv("WINDOW_S", "3"))
times = []


class Http(HttpUser):
    """On requests."""

    @task
    def ask(self):
        """Ask at once again."""
        self.client.get("/")


class Fast(FastHttpUser):
    """On geventhttpclient."""

    @task
    def ask(self):
        """Ask at once again."""
        self.client.get("/")


class Paced(FastHttpUser):
    """Ten of them make a hundred requests a second, as long as nobody has to wait."""

    wait_time = constant_throughput(10)

    @task
    def ask(self):
        """Ask ten times a second."""
        self.client.get("/")


@events.request.add_listener
def _(response_time, **_):
    if os.getenv("KEEP_TIMES"):
        times.append(response_time)


@events.test_start.add_listener
def _(environment, **_):
    gevent.spawn(_watch, environment)


def _watch(environment):
    while environment.runner.user_count < environment.parsed_options.num_users:
        gevent.sleep(0.05)
    gevent.sleep(0.5)
    times.clear()
    sys.stdout.write(json.dumps({"event": "open"}) + "\n")
    sys.stdout.flush()
    cpu_s, began_s, before = (
        time.process_time(),
        time.monotonic(),
        environment.stats.total.num_requests,
    )
    gevent.sleep(WINDOW_S)
    seconds = time.monotonic() - began_s
    done = environment.stats.total.num_requests - before
    said = {
        "event": "done",
        "rate": done / seconds,
        "cpu_s": (time.process_time() - cpu_s) / max(1, done),
        "times_ms": times,
    }
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()
    environment.runner.quit()
