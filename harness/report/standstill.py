"""For how long each event loop stood still under load, by what a monitor inside the app saw."""

from __future__ import annotations

from harness.judge.interval import Interval
from harness.model.facts import CLOSED, Measurement, Sample
from harness.model.reading import Reading
from harness.report import wording
from harness.report.language import say
from harness.report.scenario_run import ScenarioRun
from harness.report.sentences import LITTLE, Sentence


def watched(run: ScenarioRun) -> bool:
    """Return whether a monitor saw the closed loop of every variant, in every block of it."""
    return bool(run.blocks) and all(run.seen(name, stood_still) for name in run.variants)


def drawable(run: ScenarioRun) -> bool:
    """Return whether every trial holds what is drawn of it over time."""
    if not watched(run) or not run.loads:
        return watched(run)
    cells = [run.cells(name, backlogged(run)) for name in run.variants]
    slices = {len(cell.generator.in_flight) for found in cells for cell in found}
    return all(cells) and len(slices) == 1 and 0 not in slices


def backlogged(run: ScenarioRun) -> float:
    """Return the load at which requests may pile up.

    The highest one if it is more than some can serve, else the lowest.
    """
    loads = run.loads
    return loads[-1] if loads[-1] > 1 else loads[0]


def standstill(run: ScenarioRun, variant: str) -> Interval | None:
    """Return the share of the closed loop's time in which the event loop stood still."""
    return run.level([Reading(share) for share in run.seen(variant, stood_still)])


def sentence(run: ScenarioRun) -> Sentence:
    """Say for which share of the time each loop stood still, once there is an answer.

    Variants of which the same is to be said share it.
    """
    if not run.answered:
        return Sentence(say(f"captions.still.{'in_flight' if run.loads else 'alone'}"))
    alike: dict[str, list[str]] = {}
    for name in run.variants:
        if found := standstill(run, name):
            alike.setdefault(_percent(found), []).append(name)
    shares = say("words.list.comma").join(
        say(
            f"captions.still.{'also' if number else 'first'}",
            share=share,
            names=wording.listed(names),
        )
        for number, (share, names) in enumerate(alike.items())
    )
    return Sentence(say("captions.still.says", shares=shares))


def still(before: Sample, after: Sample) -> float:
    """Return the share of the time between two samples in which the loop stood still.

    A heartbeat that is a little late may bring it below 0.
    """
    share = (after.stood_still_s - before.stood_still_s) / (after.at_s - before.at_s)
    return min(1.0, max(0.0, share))


def stood_still(measurement: Measurement) -> float | None:
    """Return the share within the closed loop; None where there are too few samples."""
    samples = measurement.app.samples if measurement.app else ()
    closed = [sample for sample in samples if sample.phase == CLOSED]
    return still(closed[0], closed[-1]) if len(closed) > 1 else None


def _percent(share: Interval) -> str:
    """Write a share, with its interval where it has one; very small ones are all written alike."""
    if share.estimate < LITTLE and (share.high < LITTLE or not share.bounded):
        return say("words.little")
    written = _whole(share.estimate)
    if not share.bounded:
        return written
    low, high = _whole(share.low), _whole(min(1.0, share.high))
    return f"{written} [{say('words.interval.between', low=low, high=high)}]"


def _whole(share: float) -> str:
    return f"{share:.0%}".replace("%", " %")
