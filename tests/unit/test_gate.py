"""The gate goes red on a regression and never on noise, ends in time, and says what it could not tell."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from harness.design.plan import PROFILES, Trial
from harness.experiment import gate_scheduler
from harness.experiment.run import Driver
from harness.experiment.simulated import simulator
from harness.judge import gate
from harness.judge.caveats import Caveat
from harness.judge.gate import HEAD, Result, Ruling, Verdict
from harness.judge.statistics import Interval
from harness.catalogue import catalogue
from harness.model.errors import BenchError
from harness.model.facts import Measurement
from harness.model.scenario import Budget, Scenario
from harness.report.render.gate import told
from harness.store.records import Asked, Run

POSTGRES = catalogue()["postgres_read"]
CONTESTS, _ = gate.contests(POSTGRES, POSTGRES)
LONG_S = 3600.0

Effect = Callable[
    [Scenario, Run], tuple[float, float]
]  # how much head's capacity and CPU per request are multiplied by


def none(_: Scenario, __: Run) -> tuple[float, float]:
    """Let nothing differ."""
    return 1, 1


class Simulated:
    """A gate on the simulated driver, under a clock that only measuring moves."""

    def __init__(self, folder: Path, effect: Effect, noise: float) -> None:
        self.time = 0.0
        self.effect, self.noise = effect, noise
        self.void: tuple[str, ...] = ()
        self.runs = Run(folder / "run"), Run(folder / "again")
        for run in self.runs:
            run.create(
                Asked(
                    profile="gate",
                    on="simulated",
                    seed=0,
                    commit="",
                    fingerprint="",
                    scenarios=tuple(CONTESTS),
                    code={},
                )
            )

    @contextmanager
    def stage(self, contest: Scenario, run: Run) -> Iterator[Driver]:
        """Draw, and slow head down."""
        draw = simulator([contest], noise=self.noise)
        served, computed = self.effect(contest, run)

        def drive(trial: Trial) -> Measurement:
            self.time += trial.seconds
            found = draw(trial)
            rng = random.Random(f"{trial!r} {run.folder.name}")
            closed, of_head = found.closed, trial.variant == HEAD
            good = round(closed.good * (served if of_head else 1))
            cpu_s = closed.cpu_s * (computed if of_head else 1) * rng.lognormvariate(0, self.noise)
            closed = replace(
                closed,
                good=good,
                sent=good,
                outcomes={"ok": good},
                cpu_s=cpu_s * good / closed.sent,
            )
            return replace(found, closed=closed, void=self.void if of_head and trial.block else ())

        yield drive

    def hold(
        self,
        contests: list[Scenario] = CONTESTS,
        *,
        seconds: float = LONG_S,
        margin: float = 0.03,
        seed: int = 0,
    ) -> dict[str, Result]:
        """Hold the gate to its end and keep the last word on each contest."""
        events = gate_scheduler.hold(
            contests,
            self.stage,
            self.runs,
            seed=seed,
            margin=margin,
            seconds=seconds,
            now=lambda: self.time,
        )
        return {event.contest.name: event for event in events if isinstance(event, Result)}


@pytest.fixture
def simulated(tmp_path: Path) -> Callable[..., Simulated]:
    """Make a gate on the simulated driver; each has folders of its own."""
    made: list[Simulated] = []

    def make(effect: Effect = none, noise: float = 0.02) -> Simulated:
        made.append(Simulated(tmp_path / str(len(made)), effect, noise))
        return made[-1]

    return make


def only(name: str, served: float, computed: float) -> Effect:
    """Slow one variant down."""
    return lambda contest, _: (served, computed) if contest.name == name else (1, 1)


def test_two_equal_sides_pass(simulated: Callable[..., Simulated]) -> None:
    """Every contest, by several seeds; and no second run is needed."""
    for seed in range(2):
        found = simulated().hold(seed=seed)
        assert len(found) == len(CONTESTS)
        assert gate.exit_code(list(found.values()), strict=False) == 0
        assert not any(result.confirmed for result in found.values())


@pytest.mark.parametrize(
    ("served", "computed", "metric"),
    [(1, 1.1, "CPU per request"), (0.9, 1, "capacity"), (0.5, 1, "capacity")],
)
def test_a_slower_variant_is_red_and_the_others_stay_green(
    simulated: Callable[..., Simulated], served: float, computed: float, metric: str
) -> None:
    """More CPU, a longer wait, half the pool: confirmed by a second run."""
    found = simulated(only("postgres_read-awaiting", served, computed)).hold()
    assert found["postgres_read-awaiting"].verdict is Verdict.REGRESSION
    assert metric in found["postgres_read-awaiting"].confirmed
    assert gate.exit_code(list(found.values()), strict=False) == 1
    assert {
        result.verdict for name, result in found.items() if name != "postgres_read-awaiting"
    } <= {Verdict.PASSED, Verdict.UNCLEAR}


def test_five_percent_is_found_as_a_rule(simulated: Callable[..., Simulated]) -> None:
    """At least eight times in ten, beyond a margin of three, where the processor is what bounds it: its capacity falls by as much."""
    red = [
        simulated(only("postgres_read-awaiting", 1 / 1.05, 1.05)).hold(CONTESTS[2:3], seed=seed)[
            "postgres_read-awaiting"
        ]
        for seed in range(10)
    ]
    assert sum(result.verdict is Verdict.REGRESSION for result in red) >= 8


def test_what_a_second_run_does_not_say_is_not_red(simulated: Callable[..., Simulated]) -> None:
    """A neighbour that slowed head down in the first run alone."""
    found = simulated(lambda _, run: (1, 1.2) if run.folder.name == "run" else (1, 1)).hold(
        CONTESTS[:1]
    )
    result = found[CONTESTS[0].name]
    assert result.first.suspects
    assert result.second is not None
    assert result.verdict is Verdict.UNCLEAR
    assert gate.exit_code([result], strict=False) == 0
    assert gate.exit_code([result], strict=True) == 4


def test_time_that_is_left_goes_to_what_is_unclear_and_only_to_planned_looks(
    simulated: Callable[..., Simulated],
) -> None:
    """What is kept for second runs is not wasted where nothing is suspect, and nobody peeks."""
    one, planned = simulated(noise=0.04), PROFILES["gate"].looks
    found = one.hold(seconds=420)
    unclear = {
        result.first.changes[0].cost.n: result.contest
        for result in found.values()
        if not result.first.settled
    }
    assert set(unclear) <= set(planned)
    assert {16, 28} & set(unclear)
    for number, contest in unclear.items():
        lacking = next((look - number for look in planned if look > number), math.inf)
        assert 420 - one.time < gate_scheduler.SET_UP_S + lacking * gate_scheduler.block_s(contest)


def test_what_was_found_is_read_back_from_the_records(simulated: Callable[..., Simulated]) -> None:
    """Both runs of a suspect, and the one of every other."""
    one = simulated(only("postgres_read-awaiting", 1, 1.1))
    found = one.hold()
    assert {
        result.contest.name: (result.verdict, result.confirmed)
        for result in gate.results(*one.runs, 0.03)
    } == {name: (result.verdict, result.confirmed) for name, result in found.items()}


def test_a_second_run_has_another_seed(simulated: Callable[..., Simulated]) -> None:
    """Else it would say the same because it is the same."""
    one = simulated(only(CONTESTS[0].name, 1, 1.2))
    one.hold(CONTESTS[:1])
    seeds = [{measured.trial.seed for measured in run.read()} for run in one.runs]
    assert seeds[0]
    assert seeds[1]
    assert not seeds[0] & seeds[1]


def test_a_faster_head_passes(simulated: Callable[..., Simulated]) -> None:
    """An improvement is no regression."""
    assert (
        simulated(only(CONTESTS[0].name, 1.2, 0.8)).hold(CONTESTS[:1])[CONTESTS[0].name].verdict
        is Verdict.PASSED
    )


@pytest.mark.parametrize("seconds", [400, 600, 1200])
def test_a_gate_ends_within_its_budget(simulated: Callable[..., Simulated], seconds: float) -> None:
    """Noise that would take every block, and everything suspect."""
    one = simulated(lambda *_: (0.9, 1.1), noise=0.06)
    found = one.hold(seconds=seconds, margin=0.2)
    assert len(found) == len(CONTESTS)
    assert one.time <= seconds
    assert not any(result.first.invalid for result in found.values())


def test_a_budget_too_short_is_refused_with_the_one_it_takes() -> None:
    """Before anything is installed."""
    with pytest.raises(BenchError, match="too short for 4 variants") as refused:
        gate_scheduler.affordable(CONTESTS, 60)
    minutes = int(refused.value.hint.removeprefix("--budget ").partition("m")[0])
    gate_scheduler.affordable(CONTESTS, 60 * minutes)


def test_a_margin_below_what_can_be_told_is_refused_with_the_smallest_that_can(
    simulated: Callable[..., Simulated],
) -> None:
    """After the first look of the first contest, which knows how noisy it is here."""
    with pytest.raises(BenchError, match="is less than can be told here") as refused:
        simulated(noise=0.05).hold(margin=0.001)
    least = float(refused.value.hint.removeprefix("--margin ").partition("%")[0])
    assert 0.5 < least < 20


def test_an_app_that_fails_is_named_and_the_others_go_on(
    simulated: Callable[..., Simulated],
) -> None:
    """Exit code 3, and no traceback."""
    one = simulated()
    stage = one.stage

    @contextmanager
    def failing(contest: Scenario, run: Run) -> Iterator[Driver]:
        with stage(contest, run) as drive:
            if contest is CONTESTS[1]:
                raise BenchError(
                    "postgres_read-threaded/head (pilot) answered 500 to /users/1",
                    hint="its log is there",
                )
            yield drive

    one.stage = failing  # type: ignore[method-assign]
    found = one.hold()
    assert found[CONTESTS[1].name].first.broken
    assert [result.verdict for result in found.values()].count(Verdict.PASSED) >= 2
    assert gate.exit_code(list(found.values()), strict=False) == 3


def test_a_head_that_serves_nothing_is_red(simulated: Callable[..., Simulated]) -> None:
    """It has no CPU per request, and its capacity says enough."""
    found = simulated(only(CONTESTS[0].name, 0, 1)).hold(CONTESTS[:1])[CONTESTS[0].name]
    assert found.verdict is Verdict.REGRESSION
    assert found.confirmed == ("capacity",)
    assert "head costs +∞ % (+∞ … +∞ %), slower" in told(found)


@pytest.mark.parametrize(("void", "code"), [("ERRORS", 3), ("OTHER_ANSWERS", 3), ("NOISY", 0)])
def test_a_head_whose_requests_fail_under_load_is_no_noise(
    simulated: Callable[..., Simulated], void: str, code: int
) -> None:
    """Beside another contest that passes."""
    failing = simulated()
    failing.void = (void,)
    found = [*failing.hold(CONTESTS[:1]).values(), *simulated().hold(CONTESTS[1:2]).values()]
    assert [result.verdict for result in found] == [Verdict.INVALID, Verdict.PASSED]
    assert gate.exit_code(found, strict=False) == code


def test_an_app_that_fails_in_the_second_run_is_not_let_pass() -> None:
    """What could not be asked again because the app broke is no noise either."""
    slower = gate.Ruled(
        (gate.Change(gate.CAPACITY, Interval(1.2, 1.1, 1.3, 8), Ruling.SLOWER, 1.1),)
    )
    assert (
        gate.exit_code(
            [Result(CONTESTS[0], slower, gate.Ruled(invalid="it fell", broken=True))], strict=False
        )
        == 3
    )


def test_what_a_stand_in_served_is_labelled() -> None:
    """In every format that has words."""
    slower = gate.Ruled(
        (gate.Change(gate.CAPACITY, Interval(1.2, 1.1, 1.3, 8), Ruling.SLOWER, 1.1),),
        caveats=(Caveat.STAND_IN,),
    )
    assert told(Result(CONTESTS[0], slower, slower)).splitlines()[0].endswith("(of a stand-in)")


def test_what_only_one_side_has_is_named_and_each_side_has_its_own_budget() -> None:
    """Questions and knobs are head's."""
    base = replace(
        POSTGRES.without({"awaiting", "offloaded"}),
        budget=Budget(connections=20),
        knobs={"wait_ms": 5},
    )
    found, lone = gate.contests(POSTGRES, base)
    assert [contest.name for contest in found] == [
        "postgres_read-blocking",
        "postgres_read-threaded",
    ]
    assert lone == [
        "postgres_read/awaiting (only head has it)",
        "postgres_read/offloaded (only head has it)",
    ]
    assert [
        contest.budget_of(variant).connections
        for contest in found[:1]
        for variant in contest.variants
    ] == [20, 10]
    assert found[0].knobs == POSTGRES.knobs
    assert found[0].folder == "postgres_read"
