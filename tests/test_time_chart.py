"""The time chart: drawn from what a monitor saw, and from nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from harness.model.facts import Inside, Measurement
from harness.report import reading as seen
from harness.report.charts import style, time, timeline
from harness.report.draw import shown
from harness.store.records import Run


@pytest.fixture
def quick(simulated: Callable[..., Run]) -> Run:
    """A simulated run of one scenario."""
    return simulated("postgres_read")


def changed(run: Run, folder: Path, change: Callable[[Measurement], Measurement]) -> Run:
    """Copy a run with every measurement changed."""
    copy = Run(folder)
    copy.create(run.asked)
    for measurement in run.read():
        copy.append(change(measurement))
    return copy


def inside(measurement: Measurement) -> Inside:
    """Give what the monitor said, which a simulated one always does."""
    assert measurement.inside is not None
    return measurement.inside


def test_what_no_monitor_saw_is_not_drawn(quick: Run, tmp_path: Path) -> None:
    """A target has none, older records have none, and one block without it is enough; the other charts stay."""
    whole = shown(seen.read(quick)[0])
    lost: list[tuple[Callable[[Measurement], Measurement], set[str]]] = [
        (lambda one: replace(one, inside=None), {"time", "monitor"}),
        (
            lambda one: (
                replace(one, inside=replace(inside(one), moments=()))
                if one.trial.block == 2
                else one
            ),
            {"time", "monitor"},
        ),
        (
            lambda one: replace(
                one,
                open=tuple(
                    replace(cell, generator=replace(cell.generator, in_flight=()))
                    for cell in one.open
                ),
            ),
            {"time"},
        ),
    ]
    assert {"time", "monitor"} < set(whole)
    for number, (change, gone) in enumerate(lost):
        reading = seen.read(changed(quick, tmp_path / f"{number}", change))[0]
        assert shown(reading) == [what for what in whole if what not in gone]


def test_without_an_open_load_the_standstill_stands_alone(quick: Run, tmp_path: Path) -> None:
    """There is no window to show requests in flight over, and the moments are there all the same."""
    reading = seen.read(changed(quick, tmp_path / "run", lambda one: replace(one, open=())))[0]
    assert shown(reading) == ["capacity", "time", "monitor"]
    with style.drawing():
        (panel,) = time.chart(reading).axes
    assert panel.get_ylabel() == "event loop stands still, % of the time"
    assert panel.get_position().x0 * style.WIDTH == pytest.approx(time.WHOLE[0])


def test_a_phase_of_the_sweep_is_named_by_its_clients(quick: Run, tmp_path: Path) -> None:
    """Each has its place on the clock, in order, under its plain number."""
    swept = {phase: f"{clients} clients" for phase, clients in (("idle", 7), ("work", 60))}

    def renamed(one: Measurement) -> Measurement:
        moments = tuple(
            replace(moment, phase=swept.get(moment.phase, moment.phase))
            for moment in inside(one).moments
        )
        return replace(one, open=(), inside=replace(inside(one), moments=moments))

    reading = seen.read(changed(quick, tmp_path / "run", renamed))[0]
    assert [phase.name for phase in timeline.timeline(reading).phases if not phase.pause][:2] == [
        "7 clients",
        "60 clients",
    ]
    with style.drawing():
        (panel,) = time.chart(
            replace(reading, scenario=replace(reading.scenario, sweep=(7, 60)))
        ).axes
    assert {"7", "60", "closed"} <= {text.get_text() for text in panel.texts}


def test_the_title_says_what_the_moments_say(quick: Run, tmp_path: Path) -> None:
    """Its shares are those of the closed loop alone, with their intervals; variants of which the same is to be said share one."""

    def stand(one: Measurement) -> Measurement:
        share = {"blocking": 0.75 if one.trial.block > 1 else 0.4, "threaded": 0.002}.get(
            one.trial.variant, 0.0
        )
        moments = (
            replace(moment, stood_still_s=share * moment.at_s if moment.phase == "closed" else 0.0)
            for moment in inside(one).moments
        )
        return replace(one, inside=replace(inside(one), moments=tuple(moments)))

    reading = seen.read(changed(quick, tmp_path / "run", stand))[0]
    low = (0.4 * 0.75) ** 0.5  # the third lowest of the pairs' means, on a logarithmic scale
    said = f"Under load the event loop stands still 75 % [{100 * low:.0f} % to 75 %] of the time with blocking, less than 1 % with "
    assert time.sentence(reading) == f"{said}threaded, awaiting and offloaded"


def test_a_server_that_takes_longer_does_not_shift_the_phases(quick: Run) -> None:
    """One that works off a backlog for three seconds more than the others enters its next phase where they do."""
    trials = {
        name: [timeline.split(block[name]) for block in seen.read(quick)[0].blocks]
        for name in ("blocking", "awaiting")
    }
    closed = next(phase for phase in timeline.phases(trials) if phase.name == "closed")

    def late(parts: timeline.Parts) -> timeline.Parts:
        """Shift the end of the pause before the closed loop, and all that follows."""
        begins_s = parts["closed", False][0].at_s
        return {
            part: [
                replace(moment, at_s=moment.at_s + 3) if moment.at_s >= begins_s else moment
                for moment in moments
            ]
            for part, moments in parts.items()
        }

    shifted = {**trials, "blocking": [late(parts) for parts in trials["blocking"]]}
    found = next(phase for phase in timeline.phases(shifted) if phase.name == "closed")
    assert found.begins_s == pytest.approx(closed.begins_s + 3)
    for name, unshifted in trials.items():
        assert timeline.course(shifted[name], found, time.still) == pytest.approx(
            timeline.course(unshifted, closed, time.still)
        )


def test_phases_stay_in_order_where_a_pause_went_unseen(quick: Run) -> None:
    """Four looks a second miss a short pause in some trials, and catch it in others."""
    block = seen.read(quick)[0].blocks[0]
    idle, pause, *rest = inside(block["awaiting"]).moments
    assert (idle.phase, pause.phase) == ("idle", "between")
    sooner = tuple(replace(moment, at_s=moment.at_s - 0.3) for moment in rest)
    missed = replace(
        block["awaiting"], inside=replace(inside(block["awaiting"]), moments=(idle, *sooner))
    )
    laid = timeline.phases(
        {"blocking": [timeline.split(block["blocking"])], "awaiting": [timeline.split(missed)]}
    )
    assert [(phase.name, phase.pause) for phase in laid[:3]] == [
        ("idle", False),
        ("idle", True),
        ("work", False),
    ]
