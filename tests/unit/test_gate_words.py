"""What a gate prints of each contest, while it runs and when it is done."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from harness.cli.gate import line_of, said_of
from harness.experiment.events import TrialEnded
from harness.judge import gate
from harness.judge.caveats import Caveat, VoidReason
from harness.judge.gate import ContestResult, MetricChange, MetricVerdict, RunVerdict
from harness.judge.statistics import Interval
from harness.report.gate import Outcome
from harness.report.render import exports
from tests.support.simulated_gate import CONTESTS, FIRST, Gates, only

SLOWER = RunVerdict(
    (MetricChange(gate.CAPACITY, Interval(1.2, 1.1, 1.3, 8), MetricVerdict.SLOWER, 1.1),)
)
TITLE = CONTESTS[0].title


def test_a_suspect_contest_is_announced_as_one_that_is_measured_again() -> None:
    """Until the second run says the same, it is not called slower."""
    said = said_of(ContestResult(CONTESTS[0], SLOWER))
    assert said.startswith(f"? {TITLE}: slower by its capacity in the first run; if there is time")
    assert said_of(ContestResult(CONTESTS[0], SLOWER, SLOWER)).startswith(f"✗ {TITLE}: slower by")


def test_a_contest_that_decides_nothing_says_what_would_have_been_detected() -> None:
    """With the power of that."""
    unclear = RunVerdict(
        (MetricChange(gate.CAPACITY, Interval(1, 0.9, 1.1, 28), MetricVerdict.UNCLEAR, 1.032),)
    )
    said = said_of(ContestResult(CONTESTS[0], unclear)).splitlines()[0]
    assert "inconclusive: at this budget only changes ≥ 3.2 % of capacity are detectable" in said
    assert "(80 % power)" in said


def test_a_head_that_serves_nothing_costs_infinitely_more(gates: Gates) -> None:
    """In words that no division by zero spoils."""
    found = gates(only(FIRST, 0, 1)).results(CONTESTS[:1])[FIRST]
    assert "head costs +∞ % (+∞ … +∞ %" in said_of(found)


def test_what_a_stand_in_served_is_labelled(tmp_path: Path) -> None:
    """In every format that has words."""
    labelled = replace(SLOWER, caveats=(Caveat.STAND_IN,))
    result = ContestResult(CONTESTS[0], labelled, labelled)
    assert said_of(result).splitlines()[0].endswith("(of a stand-in)")
    outcome = Outcome("base", "head", 0.03, [result], [], [], "bench.py gate", 60)
    exports.write(outcome, tmp_path)
    for name in ("gate.md", "junit.xml"):
        assert "(of a stand-in)" in (tmp_path / name).read_text()


def test_each_trial_of_a_gate_is_a_line(gates: Gates) -> None:
    """With both metrics, or with why it is void."""
    events = gates().events(CONTESTS[:1])
    ended = next(event for event in events if isinstance(event, TrialEnded))
    assert line_of(ended).startswith(f"{FIRST} · pilot · base: ")
    assert line_of(ended).endswith(" µs of CPU per request")
    void = replace(ended, void=(VoidReason.NOISY,))
    assert line_of(void).endswith(f"base: void: {VoidReason.NOISY.says}")
