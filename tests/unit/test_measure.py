"""What a trial keeps as facts, and what it refuses, at a place that serves nothing real."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.experiment.measure import measuring
from harness.judge.caveats import Caveat, VoidReason, caveats_of
from harness.judge.guards import void_reasons
from harness.model import Budget, Scenario, Variant, Workload, capacity
from harness.model.app import App
from harness.model.errors import BenchError
from harness.model.facts import CLOSED, IDLE, REST, WORK, Measurement
from harness.model.trial import Kind, Phase, Trial
from harness.services.service import STAND_IN, Service
from harness.system import cores
from harness.system.clocks import Clocks
from harness.system.cores import Cores
from harness.system.processes import ProcessSupervisor
from tests.support.fake_place import METRICS, FakeDriver, FakePlace
from tests.support.simulated import begun

SCENARIO = Scenario(
    name="nap",
    group="clients",
    question="Does a nap hurt?",
    workload=Workload("/nap/{key}", keys="1..2"),
    primary=capacity,
    budget=Budget(workers=2),
    clients=8,
    variants=(Variant("first", "naps", "loop"), Variant("second", "naps", "loop")),
)
ANSWERS = {"/nap/1": 1, "/nap/2": 2}


def loop(name: str, clients: int) -> Phase:
    """Return a short closed loop."""
    return Phase(name=name, model="closed", clients=clients, ramp_s=0, window_s=1)


ALONE = (loop(REST, 0), replace(loop(IDLE, 1), stream="idle"), loop(WORK, 1))


def trial(variant: str = "first", kind: Kind = "deciding") -> Trial:
    """Return a short trial without open loads."""
    return Trial(
        scenario="nap",
        variant=variant,
        kind=kind,
        block=int(kind == "deciding"),
        position=0,
        seed=7,
        phases=ALONE if kind == "evidence" else (loop(CLOSED, 8),),
    )


def measured(
    tmp_path: Path,
    place: FakePlace,
    *trials: Trial,
    driver: FakeDriver | None = None,
    scenario: Scenario = SCENARIO,
    **how: Any,
) -> list[Measurement]:
    """Measure these trials at that place."""
    place.answers = ANSWERS | place.answers
    run, split = begun(tmp_path / "run", scenario), Cores((), cores.AVAILABLE)
    driver, supervisor = driver or FakeDriver(), ProcessSupervisor()  # which starts nothing
    with measuring(place, split, scenario, run, supervisor, driver) as bench:
        measure = bench.runner(scenario, **how)
        return [measure(one) for one in trials or (trial(),)]


def test_a_measurement_says_where_it_was_made_and_its_caveats_follow(tmp_path: Path) -> None:
    """The place, the cores, and what stood in for what is real."""
    service = Service("redis", "redis://127.0.0.1:1", "a test", f"a {STAND_IN}")
    place = FakePlace(name="docker", stand_in_images=("app",), found={"redis": service})
    (found,) = measured(tmp_path, place)
    assert found.setting.place == "docker"
    assert (found.setting.server_cores, found.setting.load_cores) == ((), cores.AVAILABLE)
    assert not found.setting.pinned
    assert (found.setting.stand_ins, found.setting.stand_in_images) == (("redis",), ("app",))
    wanted = {Caveat.STAND_IN, Caveat.STAND_IN_IMAGE, Caveat.UNPINNED, Caveat.ONE_SERVER_CORE}
    assert caveats_of(SCENARIO, found) == wanted
    assert found.rss_bytes == 1_000_000
    assert found.app is not None
    assert found.app.python == "3.99"


def test_a_clock_that_jumps_is_noticed(tmp_path: Path) -> None:
    """The wall clock is set an hour ahead in the middle."""
    times = iter([Clocks(0, 1000), Clocks(10, 4610), Clocks(20, 2000), Clocks(30, 2010)])
    jumped, quiet = measured(
        tmp_path, FakePlace(), trial(), trial("second"), clocks=lambda: next(times)
    )
    assert jumped.clocks_apart_s == 3600
    assert VoidReason.CLOCK_JUMPED in void_reasons(SCENARIO, jumped)
    assert quiet.clocks_apart_s == 0
    assert VoidReason.CLOCK_JUMPED not in void_reasons(SCENARIO, quiet)


def test_an_app_that_restarts_is_noticed(tmp_path: Path) -> None:
    """By the time at which its life began; one that is silent did not restart."""

    def restart(phase: str) -> None:
        if phase == "closed":
            place.answers["/metrics"] = METRICS | {"fastapi_started_nanoseconds": 2.0}

    place = FakePlace()
    (restarted,) = measured(tmp_path, place, driver=FakeDriver(during=restart))
    assert restarted.restarted
    assert VoidReason.RESTARTED in void_reasons(SCENARIO, restarted)
    (same,) = measured(tmp_path / "again", FakePlace())
    assert not same.restarted


def test_a_service_that_ends_under_load_ends_the_trial_with_its_phase(tmp_path: Path) -> None:
    """The phases after it would wait for answers that never come."""
    phases: list[str] = []

    def require() -> None:
        if phases:
            raise BenchError("PostgreSQL ended", hint="")

    service = Service("redis", "redis://127.0.0.1:1", "a test", "7", require)
    with pytest.raises(BenchError, match="PostgreSQL ended"):
        measured(
            tmp_path,
            FakePlace(found={"redis": service}),
            trial(kind="evidence"),
            driver=FakeDriver(during=phases.append),
        )
    assert phases == [REST]


def test_an_app_is_told_its_budget_and_its_services_and_for_evidence_to_explain(
    tmp_path: Path,
) -> None:
    """And its seed, and nothing of the block."""
    service = Service("redis", "redis://127.0.0.1:1", "a test", "7")
    place = FakePlace(found={"redis": service})
    measured(tmp_path, place, trial(kind="evidence"), trial("second"))
    (explained, its_label), (app, label) = place.served
    assert (its_label, label) == ("nap/first (evidence)", "nap/second (block 1)")
    assert explained.environment["EXPLAIN"] == "1"
    assert app.environment == {
        "WORKERS": "2",
        "THREADS": "40",
        "CONNECTIONS": "10",
        "REDIS_URL": "redis://127.0.0.1:1",
        "PYTHONHASHSEED": "7",
    }


def test_one_load_lasts_for_all_trials_of_a_scenario(tmp_path: Path) -> None:
    """It starts before the first server."""
    driver, place = FakeDriver(), FakePlace()
    measured(tmp_path, place, trial(), trial("second"), driver=driver)
    assert driver.opened == 1
    assert len(place.served) == len(set(driver.asked)) == 2


@pytest.mark.parametrize("several", [True, False])
def test_the_servers_of_a_block_are_started_together_and_held_until_their_turn(
    tmp_path: Path,
    several: bool,  # noqa: FBT001  pytest gives it by its name
) -> None:
    """Where the place cannot, each is started at its turn."""
    served: list[int] = []
    place = FakePlace(answers=ANSWERS, several=several)
    driver = FakeDriver(during=lambda _: served.append(len(place.served)))
    run, block = begun(tmp_path / "run", SCENARIO), [trial(), trial("second")]
    with measuring(place, Cores((), ()), SCENARIO, run, ProcessSupervisor(), driver) as bench:
        measure = bench.runner(SCENARIO)
        with measure.together(block):
            assert [measure(one).trial for one in block] == block
    assert served == ([2, 2] if several else [1, 2])
    assert len(place.held) == (2 if several else 0)


def test_a_variant_can_be_served_from_elsewhere(tmp_path: Path) -> None:
    """A gate serves each side from a checkout of its own."""
    place = FakePlace()
    measured(tmp_path, place, app_of=lambda name: App(target=f"{name}:app", folder=tmp_path))
    assert (place.served[0][0].target, place.served[0][0].folder) == ("first:app", tmp_path)


def refusal(tmp_path: Path, answers: dict[str, Any], *trials: Trial, **variant: Any) -> str:
    """Return how a trial is refused, with what its app answers."""
    variants = tuple(replace(one, **variant) for one in SCENARIO.variants)
    with pytest.raises(BenchError) as refused:
        measured(
            tmp_path,
            FakePlace(answers=answers),
            *trials,
            scenario=replace(SCENARIO, variants=variants),
        )
    return f"{refused.value}; {refused.value.hint}"


def test_a_variant_that_runs_elsewhere_than_declared_is_refused_with_file_and_line(
    tmp_path: Path,
) -> None:
    """That of the handler, and the file where it is declared."""
    where = {
        "ran_on": "loop",
        "what": "nap in first.py",
        "at": "scenarios/nap/first.py:9",
        "dependencies": None,
        "hops": 0.0,
        "suspended": None,
    }
    said = refusal(tmp_path, {"/where": where}, trial(kind="evidence"), runs_on="thread")
    assert said == (
        "nap/first (evidence) is declared to run on the thread, and ran on the loop: "
        "nap in first.py; correct its runs_on in scenarios/nap/scenario.py, "
        "or the handler, scenarios/nap/first.py:9"
    )
    unseen = where | {"what": None, "at": None}
    said = refusal(tmp_path / "2", {"/where": unseen}, trial(kind="evidence"), runs_on="thread")
    assert "no function of its own was seen" in said
    assert said.endswith("or the handler, scenarios/nap/first.py")


@pytest.mark.parametrize(
    ("budget", "what"),
    [
        ({"threads": 80}, "has 80 threads where the budget says 40; every variant"),
        ({"pools": {"a": 10, "b": 5}}, "has 5 connections where the budget says 10"),
        ({"workers": 1}, "has 1 workers where the budget says 2"),
    ],
)
def test_sizes_that_are_not_the_budgets_are_refused(
    tmp_path: Path, budget: dict[str, Any], what: str
) -> None:
    """Read back from the running app."""
    sizes = {"threads": 40, "pools": {}, "workers": 2, "python": "", "gil": True} | budget
    assert what in refusal(tmp_path, {"/budget": sizes}, runs_on="process")


def test_an_app_without_a_thread_pool_is_measured_all_the_same(tmp_path: Path) -> None:
    """It has no anyio, and so no tokens."""
    sizes: dict[str, Any] = {
        "threads": None,
        "pools": {},
        "workers": 0,
        "python": "3.13",
        "gil": True,
    }
    (found,) = measured(tmp_path, FakePlace(answers={"/budget": sizes}))
    assert found.app is not None
    assert found.app.threads == 0


def test_a_variant_that_gives_other_bytes_or_another_status_is_refused(tmp_path: Path) -> None:
    """Before any load: the second answers what the first did not."""

    def change(_: str) -> None:
        place.answers["/nap/2"] = -2

    place = FakePlace()
    with pytest.raises(
        BenchError, match=re.escape("nap/second (block 1) answers /nap/2 with other")
    ):
        measured(tmp_path, place, trial(), trial("second"), driver=FakeDriver(during=change))
    said = refusal(tmp_path / "2", {"/nap/1": (422, {"detail": "no number"})})
    assert 'answered 422 to GET /nap/1, where 200 is right: {"detail": "no number"}' in said


def test_the_conditions_of_all_scenarios_of_a_run_are_kept(tmp_path: Path) -> None:
    """The services of the later ones beside those of the first."""
    run = begun(tmp_path / "run", SCENARIO)
    names: Sequence[str] = ("redis", "mongo")
    for name in names:
        service = Service(name, f"{name}://127.0.0.1:1", "a test", "7")
        place, supervisor = FakePlace(found={name: service}), ProcessSupervisor()
        with measuring(place, Cores((), ()), SCENARIO, run, supervisor, FakeDriver()):
            pass
    assert sorted(run.machine["services"]) == sorted(names)


@pytest.mark.parametrize("how", ["500", "404", "301", "error", "status"])
def test_a_failure_of_any_status_voids_what_does_not_ask_for_it(tmp_path: Path, how: str) -> None:
    """Records before method 4 call them all "status"."""
    (found,) = measured(tmp_path, FakePlace())
    assert found.closed is not None
    failed = replace(found.closed, outcomes={"ok": found.closed.good, how: 3})
    assert VoidReason.ERRORS in void_reasons(SCENARIO, replace(found, closed=failed))
    late = replace(failed, outcomes={"ok": found.closed.good, "unfinished": 3})
    assert VoidReason.ERRORS not in void_reasons(SCENARIO, replace(found, closed=late))
