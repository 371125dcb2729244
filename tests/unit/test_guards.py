"""Each guard finds its fault and no other."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from harness.catalogue import catalogue
from harness.experiment.simulated import Simulator
from harness.judge.caveats import VoidReason
from harness.judge.guards import void_reasons
from harness.model import Scenario
from harness.model.facts import CLOSED, AppSnapshot, Measurement
from harness.model.trial import Phase, Trial

POSTGRES, LIMIT = catalogue()["postgres_read"], catalogue()["upstream_limit"]


def measured(scenario: Scenario = POSTGRES) -> Measurement:
    """Simulate one sound measurement."""
    trial = Trial(
        scenario=scenario.name,
        variant=scenario.variants[-1].name,
        kind="deciding",
        block=1,
        position=0,
        seed=1,
        phases=(
            Phase(name="0.5×", model="open", rate=40, load=0.5, ramp_s=0.3, window_s=4),
            Phase(name=CLOSED, model="closed", clients=64, ramp_s=0.3, window_s=2),
        ),
    )
    return Simulator([scenario])(trial)


def with_cell(measurement: Measurement, **changes: Any) -> Measurement:
    """Change its one open cell: `work` and `generator` by their own fields."""
    (cell,) = measurement.open
    nested = {
        name: replace(getattr(cell, name), **value)
        for name, value in changes.items()
        if isinstance(value, dict)
    }
    return replace(measurement, open=(replace(cell, **{**changes, **nested}),))


def test_a_sound_measurement_passes_every_guard() -> None:
    """Or all of them would raise false alarms."""
    assert void_reasons(POSTGRES, measured()) == ()


@pytest.mark.parametrize(
    ("reason", "changes"),
    [
        (VoidReason.RATE, {"generator": {"sent": 250.0}}),
        (VoidReason.GENERATOR_LATE, {"generator": {"lag_p99_s": 0.9}}),
        (VoidReason.GENERATOR_BUSY, {"generator": {"cpu": 0.71}}),
        (VoidReason.SHED, {"generator": {"shed": 1}}),
        (VoidReason.ARRIVALS, {"generator": {"arrivals": 0.2}}),
        (VoidReason.LITTLE, {"generator": {"little": 0.02}}),
        (
            VoidReason.LITTLE_INSIDE,
            {"generator": {"in_flight": (3.0, 3.0)}, "app_in_flight": 4.0},
        ),
        (VoidReason.ERRORS, {"work": {"outcomes": {"status": 3}}}),
        (VoidReason.OTHER_ANSWERS, {"work": {"outcomes": {"other": 1}}}),
        (VoidReason.SATURATED, {"work": {"unanswered": 60}}),
    ],
)
def test_each_rule_finds_its_fault_and_no_other(
    reason: VoidReason, changes: dict[str, Any]
) -> None:
    """In a latency cell."""
    assert void_reasons(POSTGRES, with_cell(measured(), **changes)) == (reason,)


def test_rules_of_the_closed_loop_and_of_the_machine() -> None:
    """Halves that differ beyond noise, failures, a busy neighbour, a restart, a clock's jump."""
    sound = measured()

    def closed(**changes: Any) -> tuple[VoidReason, ...]:
        assert sound.closed is not None
        return void_reasons(POSTGRES, replace(sound, closed=replace(sound.closed, **changes)))

    assert closed(**counts(60, 60, 60, 60, 60, 130, 130, 130, 130, 130)) == (VoidReason.NOT_STEADY,)
    assert closed(**counts(4, 4, 4, 4, 4, 7, 7, 7, 7, 7)) == ()
    failing = counts(*10 * [100])
    failed = {"sent": 1040, "outcomes": {"ok": 1000, "error": 40}}
    assert closed(**failing | failed) == (VoidReason.ERRORS,)
    assert void_reasons(POSTGRES, replace(sound, foreign=0.16)) == (VoidReason.NOISY,)
    assert void_reasons(POSTGRES, replace(sound, restarted=True)) == (VoidReason.RESTARTED,)
    for apart_s in (-1.0, 1.0):
        jumped = replace(sound, clocks_apart_s=apart_s)
        assert void_reasons(POSTGRES, jumped) == (VoidReason.CLOCK_JUMPED,)


def test_failures_are_no_fault_where_they_are_the_question() -> None:
    """Goodput counts them already; and in overload nobody has to keep up."""
    failing = with_cell(measured(LIMIT), work={"outcomes": {"status": 30}})
    assert void_reasons(LIMIT, failing) == ()
    waiting = with_cell(measured(), load=2.0, work={"unanswered": 60})
    assert void_reasons(POSTGRES, waiting) == ()
    late = with_cell(
        measured(),
        load=2.0,
        work={"outcomes": {"late": 9}},
        generator={"in_flight": (3.0,)},
        app_in_flight=9.0,
    )
    assert void_reasons(POSTGRES, late) == ()


@pytest.mark.parametrize("asks_itself", [False, True])
def test_an_app_that_asks_itself_may_count_more_requests_than_were_sent_to_it(
    asks_itself: bool,  # noqa: FBT001  pytest gives it by name
) -> None:
    """Another may not."""
    counted = with_cell(measured(), generator={"in_flight": (3.0, 3.0)}, app_in_flight=6.0)
    app = AppSnapshot(
        threads=40, pools={}, workers=1, connections=0, slowest_s=0.0, asks_itself=asks_itself
    )
    found = void_reasons(POSTGRES, replace(counted, app=app))
    assert found == (() if asks_itself else (VoidReason.LITTLE_INSIDE,))


def test_a_window_of_an_older_run_is_judged_by_its_halves() -> None:
    """Before method 4 no tenths were counted."""
    sound = measured()
    assert sound.closed is not None
    older = replace(sound.closed, tenths=(), halves=(600, 1300))
    assert void_reasons(POSTGRES, replace(sound, closed=older)) == (VoidReason.NOT_STEADY,)


def counts(*tenths: int) -> dict[str, Any]:
    """Return fields of a closed loop in which so many were answered in each tenth."""
    good = sum(tenths)
    return {"tenths": tenths, "good": good, "sent": good, "outcomes": {"ok": good}}
