"""What the catalogue says of its traps, on real servers, each as a ratio inside one trial."""

from __future__ import annotations

from pathlib import Path

from harness.catalogue import catalogue
from tests.support.drive import Driven, driven

QUIET = {"rate": 0, "probed": False}  # no open load, and no probe beside the closed one


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


def test_a_held_connection_gives_way_where_threads_and_connections_are_used_up(
    tmp_path: Path,
) -> None:
    """By 100 clients under forty threads and fifteen connections, by 150 under forty and forty.

    Without the dependency, nowhere.
    """
    sweeps = {"held": (50, 100), "enlarged": (50, 60, 150), "brief": (50, 150)}
    held, enlarged, brief = (
        served(
            *driven(tmp_path / name, catalogue()["held_connection"], name, sweep=clients, **QUIET)
        )
        for name, clients in sweeps.items()
    )
    assert held[100] < 0.2 * held[50]
    # The machine can take a quarter of a window of one second.
    assert enlarged[60] > 0.5 * enlarged[50]
    assert enlarged[150] < 0.6 * enlarged[60]
    assert brief[150] > 0.5 * brief[50]


def test_an_app_that_runs_out_of_files_fails_and_its_monitor_still_answers(tmp_path: Path) -> None:
    """After as many requests as it may open files, less those that it begins with.

    It is not taken for one that was restarted. One that closes what it opens does not fail.
    """
    question, how = catalogue()["lifecycle"], {**QUIET, "closed_s": 4}
    piling, closed = driven(tmp_path, question, "piling", "closed", **how)
    assert piling.seen.failed_after is not None
    assert 100 < piling.seen.failed_after < 300
    assert closed.seen.failed_after is None
    assert "RESTARTED" not in piling.void
    assert max(files(piling)) > 290
    assert max(files(closed)) < 100


def test_other_routes_wait_for_threads_that_a_slow_one_holds(tmp_path: Path) -> None:
    """Where it has threads of its own, they do not."""
    trials = driven(
        tmp_path,
        catalogue()["thread_tokens"],
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
