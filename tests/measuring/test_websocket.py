"""The load over a WebSocket, against a server that costs next to nothing and knows the truth."""

from __future__ import annotations

from statistics import median

import numpy as np

from harness.experiment import reduce
from harness.experiment.calibration import CONNECTIONS, MESSAGES, WORKLOAD, Bench
from harness.load.driver import LoadTopology, Site
from harness.load.locust import Locust
from harness.system import cores
from harness.system.processes import ProcessSupervisor
from tests.support.echo import CLOSED, OPEN, bench, ran


def test_a_server_that_stands_still_for_a_second_is_seen_at_the_p99(
    supervisor: ProcessSupervisor,
) -> None:
    """Every message that should have been sent meanwhile has waited as well."""
    counted_ms, truth_ms = Bench(supervisor, cores.split(1), MESSAGES).stall(20.0)
    counted, truth = np.quantile(counted_ms, 0.99), np.quantile(truth_ms, 0.99)
    assert 750 < truth < 850
    assert abs(counted / truth - 1) < 0.02


def test_a_message_costs_the_load_about_what_a_request_does(supervisor: ProcessSupervisor) -> None:
    """In turns, so that a busy machine slows both."""
    ratios = []
    with bench(supervisor).echo(0) as (url, _):
        for _ in range(3):
            request, message = (
                Locust().closed_rate(
                    one, url, clients=CONNECTIONS, seconds=1, site=Site(supervisor)
                )
                for one in (WORKLOAD, MESSAGES)
            )
            assert message.requests_per_s > 0
            ratios.append(message.cpu_s / request.cpu_s)
    assert median(ratios) < 1.5


def test_workers_together_send_what_was_planned_beside_a_bystander_over_http(
    supervisor: ProcessSupervisor,
) -> None:
    """Every message and every request is answered, and Little's law holds."""
    (result,) = ran(supervisor, OPEN, CLOSED, workload=MESSAGES, topology=LoadTopology(2))
    cell = reduce.open_loop(result, OPEN)
    assert (cell.work.due, cell.work.good) == (300, 300)
    assert (cell.bystander.due, cell.bystander.good) == (100, 100)
    assert cell.generator.little is not None
    assert cell.generator.little < 0.01
    closed = reduce.closed_loop(result, CLOSED)
    assert closed.good > 0
    assert closed.outcomes.get("unfinished", 0) <= 5
