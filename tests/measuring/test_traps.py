"""What the catalogue says of its traps, on real servers, each as a ratio inside one trial."""

from __future__ import annotations

from tests.support.drive import Driven, driven
from tests.support.project_copy import Copy


def served(trial: Driven) -> dict[int, float]:
    """Return the right answers in time of each closed loop of a sweep, by its clients."""
    return {cell.clients: cell.good for cell in trial.seen.sweep}


def waiting(trial: Driven) -> float:
    """Return the most calls that waited for a thread."""
    assert trial.seen.app is not None
    return max(sample.threads_waiting for sample in trial.seen.app.samples)


def files(trial: Driven) -> list[float]:
    """Return how many files were open, sample by sample."""
    assert trial.seen.app is not None
    return [sample.files for sample in trial.seen.app.samples]


def test_a_held_connection_gives_way_where_threads_and_connections_are_used_up(copy: Copy) -> None:
    """By 150 clients under forty threads, with fifteen connections and with forty of them.

    Without the dependency, nowhere.
    """
    variants = ("held", "enlarged", "brief")
    trials = driven(copy, "held_connection", *variants, rate=0, sweep=(50, 150), probed=False)
    held, enlarged, brief = map(served, trials)
    assert held[150] < 0.2 * held[50]
    assert enlarged[150] < 0.6 * enlarged[50]
    # The machine can take a quarter of a window of one second.
    assert brief[150] > 0.5 * brief[50]


def test_an_app_that_runs_out_of_files_fails_and_its_monitor_still_answers(copy: Copy) -> None:
    """After as many requests as it may open files, less those that it begins with.

    It is not taken for one that was restarted. One that closes what it opens does not fail.
    """
    piling, closed = driven(copy, "lifecycle", "piling", "closed", rate=0, closed_s=4, probed=False)
    assert piling.seen.failed_after is not None
    assert 100 < piling.seen.failed_after < 300
    assert closed.seen.failed_after is None
    assert "RESTARTED" not in piling.void
    assert max(files(piling)) > 290
    assert max(files(closed)) < 100


def test_other_routes_wait_for_threads_that_a_slow_one_holds(copy: Copy) -> None:
    """Where it has threads of its own, they do not."""
    trials = driven(
        copy,
        "thread_tokens",
        "contending",
        "partitioned",
        rate=440,
        load=1.1,
        open_s=1,
        closed_s=0.3,
        probed=False,
    )
    contending, partitioned = map(waiting, trials)
    assert contending > 10
    assert partitioned < contending / 2
