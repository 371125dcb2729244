"""What the catalogue says of its traps, on real servers, each as a ratio inside one trial."""

from __future__ import annotations

from pathlib import Path

from harness.catalogue import catalogue
from harness.model.facts import CLOSED
from harness.report.quantities import collected
from tests.support.drive import Driven, driven

QUIET = {"rate": 0, "probed": False}  # no open load, and no probe beside the closed one
EXPLAINED = {"kind": "evidence", "rate": 0, "closed_s": 0.1}
UNFIT = {"ERRORS", "LITTLE_INSIDE", "OTHER_ANSWERS", "SATURATED"}  # what no machine does to a trial


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


def test_each_way_to_a_thread_is_told_by_its_pool(tmp_path: Path) -> None:
    """By the pool: asyncio's own executor, FastAPI's threads, an executor of the app's."""
    names = ("to_thread", "threadpool", "enlarged")
    trials = driven(tmp_path, catalogue()["executor"], *names, **EXPLAINED)
    assert [str(one.evidence.what).partition(", by ")[2] for one in trials] == [
        "the default executor",
        "AnyIO worker thread",
        "ThreadPoolExecutor",
    ]


def test_what_makes_a_cheap_route_dear_is_named(tmp_path: Path) -> None:
    """Dependencies that went to threads, and the function of a library that encodes."""
    (threaded,) = driven(tmp_path / "1", catalogue()["sync_dependency"], "threaded", **EXPLAINED)
    assert threaded.evidence.ran_on == "loop"
    assert threaded.evidence.dependencies == "tenant, language, page, limit, offset"
    assert threaded.evidence.hops == 5
    (encoded,) = driven(tmp_path / "2", catalogue()["large_answer"], "encoded", **EXPLAINED)
    assert encoded.evidence.library == "jsonable_encoder in fastapi/encoders.py"


def test_a_middleware_is_not_taken_for_the_handler(tmp_path: Path) -> None:
    """Of either kind."""
    names = ("decorated", "plain", "none")
    trials = driven(tmp_path, catalogue()["middleware"], *names, **EXPLAINED)
    assert [one.evidence.what for one in trials] == ["user in shared.py"] * 3


def test_a_lock_lets_one_request_through_at_a_time(tmp_path: Path) -> None:
    """Though the loop is free; not so where each key has its own."""
    trials = driven(tmp_path, catalogue()["lock"], "one_lock", "lock_per_key", **QUIET)
    one_lock, per_key = (trial.closed.goodput for trial in trials)
    assert one_lock < 1 / 0.02
    assert per_key > 3 * one_lock


def test_what_works_behind_its_answers_voids_no_load_that_it_can_bear(tmp_path: Path) -> None:
    """At nine tenths of what the trap can serve."""
    offered = {"rate": 0.9 / 0.022, "load": 0.9, "closed_s": 0.3, "probed": False}
    trials = driven(tmp_path, catalogue()["background"], "threaded", "awaiting", **offered)
    assert not any(trial.void & UNFIT for trial in trials), trials


def test_a_frozen_heap_is_not_looked_through(tmp_path: Path) -> None:
    """Nor is anything, below a threshold that is not reached; as it is, all of it is."""
    names = ("untouched", "frozen", "raised")
    trials = driven(tmp_path, catalogue()["collector"], *names, **QUIET | {"closed_s": 2})
    untouched, frozen, raised = (collected(trial.seen, CLOSED) for trial in trials)
    assert untouched is not None
    assert frozen is not None
    assert raised is not None
    assert untouched.full_per_s > 0
    assert frozen.share < untouched.share / 2
    assert raised.full_per_s == 0


def test_an_app_whose_threads_wait_for_a_thread_serves_nothing(tmp_path: Path) -> None:
    """And one that asks itself for what needs none is measured as any other."""
    question = catalogue()["own_route"]
    of_def, of_async, called = driven(
        tmp_path, question, "of_def", "of_async", "called", sweep=(80,), closed_s=1, rate=50
    )
    assert served(of_def)[80] < 0.2 * served(of_async)[80]
    assert not (of_async.void | called.void) & UNFIT
    assert [one.seen.app and one.seen.app.asks_itself for one in (of_async, called)] == [
        True,
        False,
    ]
