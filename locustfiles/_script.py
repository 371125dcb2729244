"""How the harness directs the load.

It writes a script to standard input. It is told of each window that opens or closes by a line of
JSON, and finds all requests in a file at the end. With Locust's own master and workers, the master
talks to the harness and passes the phases on; every worker runs its share of each.
"""

from __future__ import annotations

import gc
import json
import logging
import random
import sys
import time
from collections import ChainMap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import BytesIO
from typing import Any

from gevent.queue import Empty, Queue
from gevent.select import select
from locust import events
from locust.env import Environment
from locust.runners import MasterRunner, Runner, WorkerRunner

from locustfiles._connection import OUTCOMES
from locustfiles._load import Announce, Load

LIVES_S = 10  # a worker that is silent for longer than a phase and this is lost
CHANNEL = "bench"  # of the messages between master and workers

Message = Mapping[str, Any]
ORDERS = Queue()  # from the master, where this is a worker


def follow(environment: Environment, load: Load) -> None:
    """Run scripts here until there are no more, told by standard input, or by the master."""
    runner = environment.runner
    with _reporting_failures(runner):
        if isinstance(runner, WorkerRunner):
            _obey(runner, load)
        else:
            _follow_input(load)


@contextmanager
def _reporting_failures(runner: Runner | None) -> Iterator[None]:
    """End Locust after the block; where it fails, say why, or the harness would wait forever."""
    try:
        yield
    except Exception as error:
        _say(event="failed", why=f"{type(error).__name__}: {error}")
        logging.getLogger(__name__).exception("the load failed")
    finally:
        if runner is not None:
            runner.quit()


def _follow_input(load: Load) -> None:
    while True:
        _say(event="ready")
        if (script := _read()) is None:
            return
        for (order,) in _orders(script, 1):
            _run(load, order, announce=_say)
        _save(script["record"], [load.record.packed()])
        _say(
            event="done",
            outcomes=OUTCOMES,
            deadline_s=load.deadline_s,
            failures=load.failures,
        )
        load.clear()


def _obey(runner: Runner, load: Load) -> None:
    """Be a worker: run what the master orders, and send the rows when it asks for them."""

    def send(**said: object) -> None:
        runner.send_message(CHANNEL, said)

    send(event="ready", deadline_s=load.deadline_s)
    while True:
        order = ORDERS.get()
        if order == "rows":
            send(event="rows", rows=load.record.packed(), failures=load.failures)
            load.clear()
        else:
            _run(load, order, announce=send)


@events.init.add_listener
def _(environment: Environment, runner: Runner, **_: object) -> None:
    """Let master and workers talk."""
    options = environment.parsed_options
    if isinstance(runner, WorkerRunner):
        runner.register_message(CHANNEL, lambda msg, **_: ORDERS.put(msg.data))
    elif isinstance(runner, MasterRunner) and options.script:
        said = Queue()
        runner.register_message(CHANNEL, lambda msg, **_: said.put((msg.node_id, msg.data)))
        environment.events.test_start.add_listener(
            lambda **_: runner.greenlet.spawn(_direct, runner, said, options.expect_workers)
        )


def _direct(runner: MasterRunner, said: Queue, count: int) -> None:
    """Be the master: pass each phase on, in shares, and gather what the workers say."""
    with _reporting_failures(runner):
        heard: dict[str, Message] = {}
        while len(heard) < count:
            node, first = said.get()
            heard[node] = first
        workers = sorted(heard)
        while True:
            _say(event="ready")
            if (script := _read()) is None:
                return
            answers = _share_out(runner, said, workers, script)
            _save(script["record"], [answer["rows"] for answer in answers])
            _say(
                event="done",
                outcomes=OUTCOMES,
                deadline_s=heard[workers[0]]["deadline_s"],
                failures=dict(ChainMap(*(answer["failures"] for answer in answers))),
            )


def _share_out(
    runner: MasterRunner, said: Queue, workers: Sequence[str], script: Message
) -> list[Message]:
    """Let all workers run their shares of a script; return the rows and failures of each."""
    for orders in _orders(script, len(workers)):
        for worker, order in zip(workers, orders, strict=True):
            runner.send_message(CHANNEL, order, client_id=worker)
        phase = orders[0]["phase"]
        within_s = phase["ramp_s"] + phase["window_s"] + LIVES_S
        _gather(runner, said, workers, "open", within_s)
        _say(event="open")
        _say(**_together(_gather(runner, said, workers, "close", within_s)))
    for worker in workers:
        runner.send_message(CHANNEL, "rows", client_id=worker)
    return _gather(runner, said, workers, "rows", LIVES_S)


def _gather(
    runner: MasterRunner, said: Queue, workers: Sequence[str], event: str, within_s: float
) -> list[Message]:
    """Wait for the same event from every worker; raises TimeoutError where one is gone.

    What a quicker worker says of later events is kept for later.
    """
    found: dict[str, Message] = {}
    later = []
    until = time.monotonic() + within_s
    while len(found) < len(workers):
        try:
            node, what = said.get(timeout=0.5)
        except Empty:
            states = (getattr(runner.clients.get(one), "state", "missing") for one in workers)
            gone = sum(state == "missing" for state in states)
            if gone or time.monotonic() > until:
                counted = f"{gone or 'none'} of {len(workers)} workers gone"
                raise TimeoutError(
                    f"lost a worker: {counted}, {len(found)} said {event!r}"
                ) from None
        else:
            if what["event"] == event:
                found[node] = what
            else:
                later.append((node, what))
    for early in later:
        said.put(early)
    return [found[worker] for worker in workers]


def _together(answers: Sequence[Message]) -> Message:
    """Add up what the workers say of one window; the busiest of them is the one that limits."""
    in_flight = [one["in_flight"] for one in answers]
    return {
        "event": "close",
        "seconds": max(one["seconds"] for one in answers),
        "cpu_s": max(one["cpu_s"] for one in answers),
        "in_flight": None if None in in_flight else sum(in_flight),
    }


def _orders(script: Message, of: int) -> Iterator[list[Message]]:
    """Yield, for each phase, every worker's order."""
    for number, phase in enumerate(script["phases"]):
        yield [
            {
                "number": number,
                "phase": phase,
                "seed": script["seed"],
                "address": script["address"],
                "share": share,
                "of": of,
            }
            for share in range(of)
        ]


def _run(load: Load, order: Message, announce: Announce) -> None:
    """Run one share of one phase."""
    load.address = tuple(order["address"])
    load.drain()
    gc.collect()
    gc.disable()  # a pause of the collector would be taken for the server's
    load.record.phase = order["number"]
    model = {"closed": load.closed, "open": load.open}[order["phase"]["model"]]
    rng = random.Random(f"{order['seed']} {order['number']}")
    model(order["phase"], rng, announce, order["share"], order["of"])
    gc.enable()


def _save(path: str, packed: Sequence[bytes]) -> None:
    """Write the requests of all workers into one file."""
    import numpy as np  # noqa: PLC0415  importing it earlier would slow every start of a load

    files = [np.load(BytesIO(rows)) for rows in packed]
    columns = {name: np.concatenate([file[name] for file in files]) for name in files[0].files}
    np.savez_compressed(path, **columns)


def _read() -> Message | None:
    """Wait for the next script; None where there are no more."""
    select([sys.stdin], [], [])
    line = sys.stdin.readline()
    script: Message | None = json.loads(line) if line.strip() else None
    return script


def _say(**what: object) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()
