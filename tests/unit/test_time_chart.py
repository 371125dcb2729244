"""The time chart: drawn from what a monitor saw, and from nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from harness.model.facts import AppSnapshot, Measurement
from harness.report import standstill, timeline
from harness.report.charts import theme, time
from harness.report.document import Section, document
from harness.store.run import Run
from tests.support.figures import charts, figure

Change = Callable[[Measurement], Measurement]


@pytest.fixture
def quick(simulated: Callable[..., Run]) -> Run:
    """A simulated run of one scenario."""
    return simulated("postgres_read")


@pytest.fixture
def standard(simulated: Callable[..., Run]) -> Run:
    """A simulated run in which every block holds all loads."""
    return simulated("postgres_read", profile="standard", folder="standard")


def section(run: Run) -> Section:
    """Return what a run says to its only question."""
    (found,) = document(run.record()).sections
    return found


def changed(run: Run, folder: Path, change: Change) -> Section:
    """Return what a run says with every measurement changed."""
    copy = Run(folder)
    copy.create(run.asked)
    for measurement in run.read():
        copy.append(change(measurement))
    return section(copy)


def app(measurement: Measurement) -> AppSnapshot:
    """Return what the monitor said, which a simulated one always does."""
    assert measurement.app is not None
    return measurement.app


def unseen(one: Measurement) -> Measurement:
    """Return a measurement without a monitor."""
    return replace(one, app=None)


def unseen_once(one: Measurement) -> Measurement:
    """Return a measurement whose second block has no samples."""
    return replace(one, app=replace(app(one), samples=())) if one.trial.block == 2 else one


def uncounted(one: Measurement) -> Measurement:
    """Return a measurement whose generator did not count requests in flight."""
    cells = (replace(cell, generator=replace(cell.generator, in_flight=())) for cell in one.open)
    return replace(one, open=tuple(cells))


@pytest.mark.parametrize(
    ("change", "gone"),
    [
        (unseen, {"time", "monitor"}),
        (unseen_once, {"time", "monitor"}),
        (uncounted, {"time"}),
    ],
)
def test_what_no_monitor_saw_is_not_drawn(
    quick: Run, tmp_path: Path, change: Change, gone: set[str]
) -> None:
    """A target has none, old records have none, and one block is enough; other charts stay."""
    whole = charts(section(quick))
    assert {"time", "monitor"} < set(whole)
    found = charts(changed(quick, tmp_path / "run", change))
    assert found == [chart for chart in whole if chart not in gone]


def test_without_an_open_load_the_standstill_stands_alone(quick: Run, tmp_path: Path) -> None:
    """There is no window to show requests in flight over, but there are samples."""
    found = changed(quick, tmp_path / "run", lambda one: replace(one, open=()))
    assert charts(found) == ["capacity", "time", "monitor"]
    (panel,) = figure(found, "time").axes
    assert panel.get_ylabel() == "event loop stands still, % of the time"
    assert panel.get_position().x0 * theme.WIDTH == pytest.approx(time.WHOLE[0])


def test_a_phase_of_the_sweep_is_named_by_its_clients(standard: Run, tmp_path: Path) -> None:
    """Each has its place on the clock, in order, under its plain number."""
    swept = {"0.5×": "7 clients", "0.9×": "60 clients"}

    def renamed(one: Measurement) -> Measurement:
        named = (replace(s, phase=swept.get(s.phase, s.phase)) for s in app(one).samples)
        return replace(one, open=(), app=replace(app(one), samples=tuple(named)))

    found = changed(standard, tmp_path / "run", renamed)
    phases = timeline.timeline(found.run).phases
    assert [one.name for one in phases if not one.pause][:2] == ["7 clients", "60 clients"]
    design = replace(found.run.design, scenario=replace(found.scenario, sweep=(7, 60)))
    (panel,) = figure(replace(found, run=replace(found.run, design=design)), "time").axes
    assert {"7", "60", "closed"} <= {text.get_text() for text in panel.texts}


def test_the_title_says_what_the_samples_say(quick: Run, tmp_path: Path) -> None:
    """Its shares are those of the closed loop alone, with their intervals.

    Variants of which the same is to be said share one.
    """

    def stand(one: Measurement) -> Measurement:
        blocking = 0.75 if one.trial.block > 1 else 0.4
        share = {"blocking": blocking, "threaded": 0.002}.get(one.trial.variant, 0.0)
        still = (
            replace(sample, stood_still_s=share * sample.at_s if sample.phase == "closed" else 0.0)
            for sample in app(one).samples
        )
        return replace(one, app=replace(app(one), samples=tuple(still)))

    found = changed(quick, tmp_path / "run", stand)
    share = f"{100 * (0.4 * 0.75**4) ** (1 / 5):.0f} % [47 % to 94 %]"
    assert standstill.sentence(found.run).says == (
        f"Under load the event loop stands still {share} of the time with blocking, "
        "less than 1 % with threaded, awaiting and offloaded"
    )


def test_a_server_that_takes_longer_does_not_shift_the_phases(standard: Run) -> None:
    """One that works off requests for three seconds more enters its next phase where others do."""
    run = section(standard).run
    trials = {
        name: [timeline.split(one) for one in run.of(name)] for name in ("blocking", "awaiting")
    }
    closed = next(phase for phase in timeline.phases(trials) if phase.name == "closed")

    def late(parts: timeline.Parts) -> timeline.Parts:
        """Shift the end of the pause before the closed loop, and all that follows."""
        begins_s = parts["closed", False][0].at_s
        return {
            part: [
                replace(sample, at_s=sample.at_s + 3) if sample.at_s >= begins_s else sample
                for sample in samples
            ]
            for part, samples in parts.items()
        }

    shifted = {**trials, "blocking": [late(parts) for parts in trials["blocking"]]}
    found = next(phase for phase in timeline.phases(shifted) if phase.name == "closed")
    assert found.begins_s == pytest.approx(closed.begins_s + 3)
    for name, unshifted in trials.items():
        course = timeline.course(shifted[name], found, standstill.still)
        assert course == pytest.approx(timeline.course(unshifted, closed, standstill.still))


def test_phases_stay_in_order_where_a_pause_went_unseen(standard: Run) -> None:
    """Four samples a second miss a short pause in some trials, and catch it in others."""
    block = section(standard).run.blocks[0]
    found = app(block["awaiting"]).samples
    begins = next(at for at, sample in enumerate(found) if sample.phase == "between")
    assert (found[begins - 1].phase, found[begins + 1].phase) == ("0.5×", "0.9×")
    sooner = [replace(sample, at_s=sample.at_s - 0.3) for sample in found[begins + 1 :]]
    samples = replace(app(block["awaiting"]), samples=(*found[:begins], *sooner))
    missed = replace(block["awaiting"], app=samples)
    trials = {"blocking": block["blocking"], "awaiting": missed}
    laid = timeline.phases({name: [timeline.split(one)] for name, one in trials.items()})
    order = [("0.5×", False), ("0.5×", True), ("0.9×", False)]
    assert [(phase.name, phase.pause) for phase in laid[:3]] == order
