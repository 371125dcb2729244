"""How the harness directs the load: a script on standard input, one line of JSON for each window that opens or closes, a file of requests at the end.

With Locust's own master and workers the master talks to the harness and passes the phases on; every worker runs its share of each.
"""

import gc
import json
import random
import sys
import time
from io import BytesIO

from _connection import OUTCOMES
from gevent.queue import Empty, Queue
from gevent.select import select
from locust import events
from locust.runners import MasterRunner, WorkerRunner

LIVES_S = 10  # without a word from a worker in a phase beyond its length, it is lost


def follow(environment, load):
    """Run scripts here, one after the other: told by standard input, or by the master; until there are no more."""
    runner = environment.runner
    if isinstance(runner, WorkerRunner):
        _obey(runner, environment.bench_orders, load)
        return
    while True:
        _say(event="ready")
        if (script := _read()) is None:
            break
        for (order,) in _orders(script, 1):
            _run(load, order, announce=_say)
        _save(script["record"], [load.record.packed()])
        load.record.clear()
        _say(event="done", outcomes=OUTCOMES, deadline_s=load.deadline_s)
    runner.quit()


def _obey(runner, orders, load):
    """Be a worker: run what the master orders, and hand over the rows when it asks for them."""
    runner.send_message("bench", {"event": "ready", "deadline_s": load.deadline_s})
    while True:
        order = orders.get()
        if order == "rows":
            runner.send_message("bench", {"event": "rows", "rows": load.record.packed()})
            load.record.clear()
        else:
            _run(load, order, announce=lambda **said: runner.send_message("bench", said))


@events.init.add_listener
def _(environment, runner, **_):
    """Let master and workers talk."""
    if isinstance(runner, WorkerRunner):
        environment.bench_orders = Queue()
        runner.register_message("bench", lambda msg, **_: environment.bench_orders.put(msg.data))
    elif isinstance(runner, MasterRunner) and environment.parsed_options.script:
        said = Queue()
        runner.register_message("bench", lambda msg, **_: said.put((msg.node_id, msg.data)))
        environment.events.test_start.add_listener(
            lambda **_: runner.greenlet.spawn(
                _direct, runner, said, environment.parsed_options.expect_workers
            )
        )


def _direct(runner, said, count):
    """Be the master: pass each phase on, in shares, and gather what the workers say."""
    heard = {}
    while len(heard) < count:
        node, first = said.get()
        heard[node] = first
    workers = sorted(heard)
    while True:
        _say(event="ready")
        if (script := _read()) is None:
            break
        try:
            rows = _share_out(runner, said, workers, script)
        except TimeoutError as error:
            _say(event="lost", why=str(error))
            break
        _save(script["record"], rows)
        _say(event="done", outcomes=OUTCOMES, deadline_s=heard[workers[0]]["deadline_s"])
    runner.quit()


def _share_out(runner, said, workers, script):
    """Let all workers run their shares of a script; gives the rows of each."""
    for orders in _orders(script, len(workers)):
        for worker, order in zip(workers, orders, strict=True):
            runner.send_message("bench", order, client_id=worker)
        phase = orders[0]["phase"]
        patience_s = phase["ramp_s"] + phase["window_s"] + LIVES_S
        _gather(runner, said, workers, "open", patience_s)
        _say(event="open")
        _say(**_together(_gather(runner, said, workers, "close", patience_s)))
    for worker in workers:
        runner.send_message("bench", "rows", client_id=worker)
    return [answer["rows"] for answer in _gather(runner, said, workers, "rows", LIVES_S)]


def _gather(runner, said, workers, event, patience_s):
    """Wait for the same word from every worker."""
    found = {}
    until = time.monotonic() + patience_s
    while len(found) < len(workers):
        try:
            node, what = said.get(timeout=0.5)
        except Empty:
            gone = [
                worker
                for worker in workers
                if getattr(runner.clients.get(worker), "state", "missing") == "missing"
            ]
            if gone or time.monotonic() > until:
                raise TimeoutError(
                    f"{len(gone) or 'none'} of {len(workers)} workers gone, {len(found)} said {event!r}"
                ) from None
        else:
            if what["event"] == event:
                found[node] = what
    return [found[worker] for worker in workers]


def _together(answers):
    """Add up what the workers say of one window; the busiest of them is the one that limits."""
    in_flight = [one["in_flight"] for one in answers]
    return {
        "event": "close",
        "seconds": max(one["seconds"] for one in answers),
        "cpu_s": max(one["cpu_s"] for one in answers),
        "in_flight": None if None in in_flight else sum(in_flight),
    }


def _orders(script, of):
    """Give, for each phase, every worker's order."""
    for number, phase in enumerate(script["phases"]):
        yield [
            {"number": number, "phase": phase, "seed": script["seed"], "share": share, "of": of}
            for share in range(of)
        ]


def _run(load, order, announce):
    """Run one share of one phase."""
    load.drain()
    gc.collect()
    gc.disable()  # a pause of the collector would be taken for the server's
    load.record.phase = order["number"]
    model = {"closed": load.closed, "open": load.open}[order["phase"]["model"]]
    model(
        order["phase"],
        random.Random(f"{order['seed']} {order['number']}"),
        announce,
        order["share"],
        order["of"],
    )
    gc.enable()


def _save(path, packed):
    """Put the requests of all workers into one file."""
    import numpy as np  # noqa: PLC0415  only now: importing it earlier would slow every start of a load

    files = [np.load(BytesIO(rows)) for rows in packed]
    np.savez_compressed(
        path, **{name: np.concatenate([file[name] for file in files]) for name in files[0].files}
    )


def _read():
    """Wait for the next script; None where there are no more."""
    select([sys.stdin], [], [])
    line = sys.stdin.readline()
    return json.loads(line) if line.strip() else None


def _say(**what):
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()
