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
from argparse import Action, ArgumentParser, Namespace
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import Any

import gevent
from locust import User, events, task
from locust.env import Environment
from locust.exception import StopUser

sys.path.append(str(Path(__file__).resolve().parent.parent))  # Locust only knows this folder

from harness.model.workload import Workload
from locustfiles import _script
from locustfiles._load import WORK, EncodedWorkload, Load
from locustfiles._record import Record

GIVEN = Workload("/")  # with the default of every flag
SEPARATOR = r"\n"  # between headers, typed as it stands here: the web UI has one line for them


class AddHeader(Action):
    """Collects `--header 'Name: value'`, given several times, in one line."""

    def __call__(self, _: object, options: Namespace, header: Any, __: object = None) -> None:
        """Add a header; the first one replaces the default."""
        before = getattr(options, self.dest)
        started = before is not self.default
        setattr(options, self.dest, f"{before}{SEPARATOR}{header}" if started else header)


@events.init_command_line_parser.add_listener
def _(parser: ArgumentParser) -> None:
    add = parser.add_argument
    add("--path", default=GIVEN.path, help="what is asked; {key} stands for one of the keys")
    add("--keys", default=GIVEN.keys, help="drawn evenly: 1..1000, or red,green")
    add("--method", default=GIVEN.method)
    add(
        "--header",
        action=AddHeader,
        default=SEPARATOR.join(f"{name}: {value}" for name, value in GIVEN.headers.items()),
        help=f"'Name: value'; give it several times, in the web UI with {SEPARATOR} between them",
    )
    add("--body", default="", help="what is sent; @FILE takes it from a file")
    add("--status", type=int, default=GIVEN.status, help="of a right answer")
    add("--deadline", type=float, default=GIVEN.deadline_s, help="seconds until it must be there")
    add("--idle", default=GIVEN.idle, help="the route that does no work")
    add("--rate", type=float, default=0.0, help="open model: requests/s; use it with one user")
    add("--idle-rate", type=float, default=0.0, help="open model: more of them, to the idle route")
    add("--connections", type=int, default=2000, help="open model: arrivals beyond are not sent")
    add(
        "--script",
        action="store_true",
        include_in_web_ui=False,
        help="run the phases given on standard input",
    )


def workload_of(options: Namespace) -> Workload:
    """Return the workload that the flags describe; raises ValueError where it cannot be asked."""
    headers = {}
    for header in filter(None, options.header.split(SEPARATOR)):
        name, _, value = header.partition(":")
        headers[name.strip()] = value.strip()
    body = options.body.encode()
    if options.body.startswith("@"):
        try:
            body = Path(options.body[1:]).read_bytes()
        except OSError as error:
            raise ValueError(f"--body {options.body} cannot be read: {error.strerror}") from error
    return Workload(
        options.path,
        keys=options.keys,
        method=options.method,
        headers=headers,
        body=body,
        status=options.status,
        deadline_s=options.deadline,
        idle=options.idle,
    )


@events.init.add_listener
def _(environment: Environment, **_: object) -> None:
    """End at once where the flags make no workload."""
    try:
        workload_of(environment.parsed_options)
    except ValueError as error:
        sys.exit(f"this workload cannot be asked: {error}")


@events.test_start.add_listener
def _(environment: Environment, **_: object) -> None:
    """Encode what all users ask, for the flags may have been changed in the web UI."""
    WorkloadUser.asked = None
    try:
        workload = workload_of(environment.parsed_options)
        WorkloadUser.asked = EncodedWorkload(workload, environment.host or "")
    except ValueError:
        logging.getLogger(__name__).exception("this workload cannot be asked")


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
                load.ask_forever(load.connection(), WORK, random.Random())
        finally:
            gevent.killall(helpers)
            load.close()
            record.report()


def _by_hand(options: Namespace) -> Mapping[str, Any]:
    """Return ten seconds of the open model."""
    rates = {"rate": options.rate, "idle_rate": options.idle_rate}
    return {**rates, "arrivals": "poisson", "ramp_s": 0, "window_s": 10}
