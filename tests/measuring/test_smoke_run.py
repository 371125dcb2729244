"""The whole way once, under real load: what a smoke run measures is what it should be."""

from __future__ import annotations

from harness.store.run import Run
from tests.support.project_copy import Copy


def test_a_smoke_run_sees_what_waiting_in_the_loop_costs_and_counts_every_request(
    copy: Copy,
) -> None:
    """The same query serves many times more where the loop does not wait for it."""
    copy.bench("one_driver", "--profile", "smoke")
    (folder,) = copy.results.glob("20*")
    found = Run(folder).read()
    deciding = [one for one in found if one.trial.kind == "deciding"]
    good = {one.trial.variant: one.closed.good for one in deciding if one.closed}
    assert max(good.values()) > 4 * good["blocking"]
    open_cells = [cell for one in found for cell in one.open]
    assert open_cells
    assert all((cell.generator.little or 0) < 0.01 for cell in open_cells)
    assert copy.nothing_left()
