"""The load of one workload, which is given on the command line.

By hand, each Locust user is one connection of a closed loop:

    python -m locust -f locustfiles/workload.py --host http://127.0.0.1:8000 \
        --path '/users/{key}' --keys 1..1000 --users 64 -r 64 --web-host 127.0.0.1

With `--rate 200`, one user sends by a schedule that waits for nobody (the open model). Response
time counts from the intended start: a request that could not be sent in time has waited as well.
The harness gives the same flags, and a script of phases on standard input (see _script.py).
"""

from __future__ import annotations

import logging
import random
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import Any

import gevent
from locust import User, events, task
from locust.env import Environment
from locust.exception import StopUser

sys.path.append(str(Path(__file__).resolve().parent.parent))  # Locust only knows this folder

from locustfiles import _script
from locustfiles._encoded import WORK, EncodedWorkload
from locustfiles._flags import add_flags, workload_of
from locustfiles._load import Load
from locustfiles._record import Record


@events.init_command_line_parser.add_listener
def _(parser: ArgumentParser) -> None:
    add_flags(parser)
    add = parser.add_argument
    add("--rate", type=float, default=0.0, help="open model: requests/s; use it with one user")
    add("--idle-rate", type=float, default=0.0, help="open model: more of them, to the idle route")
    add(
        "--connections",
        type=int,
        default=2000,
        help="open model: connections at most; more are dropped, and counted",
    )
    add(
        "--script",
        action="store_true",
        include_in_web_ui=False,
        help="run the phases given on standard input",
    )


@events.init.add_listener
def _(environment: Environment, **_: object) -> None:
    """End at once where the flags make no workload, unless the web UI can still change them."""
    if environment.parsed_options.headless:
        try:
            _encode(environment)
        except ValueError as error:
            sys.exit(f"this workload cannot be asked: {error}")


@events.test_start.add_listener
def _(environment: Environment, **_: object) -> None:
    """Encode what all users ask, for the flags may have been changed in the web UI."""
    WorkloadUser.asked = None
    try:
        WorkloadUser.asked = _encode(environment)
    except ValueError as error:
        logging.getLogger(__name__).critical("this workload cannot be asked: %s", error)


def _encode(environment: Environment) -> EncodedWorkload:
    return EncodedWorkload(workload_of(environment.parsed_options), environment.host or "")


class WorkloadUser(User):
    """One connection of the closed loop; or all of the load, by schedule or by script."""

    asked: EncodedWorkload | None = None

    @task
    def run_load(self) -> None:
        """Follow the script, or run by hand until Locust stops it."""
        if self.asked is None:
            raise StopUser
        options = self.environment.parsed_options
        record = Record(self.environment.stats, self.asked.names, keep=options.script)
        load = Load(self.asked, record, options.connections)
        helpers = [gevent.spawn(load.sweep_forever), gevent.spawn(record.report_forever)]
        try:
            if options.script:
                _script.follow(self.environment, load)
            elif options.rate:
                for seed in count():
                    load.open(_by_hand(options), random.Random(seed), announce=lambda **_: None)
            else:
                load.ask_forever(load.connection(WORK), WORK, random.Random())
        finally:
            gevent.killall(helpers)
            load.close()
            record.report()


def _by_hand(options: Namespace) -> Mapping[str, Any]:
    """Return ten seconds of the open model."""
    rates = {"rate": options.rate, "idle_rate": options.idle_rate}
    return {**rates, "arrivals": "poisson", "ramp_s": 0, "window_s": 10}
