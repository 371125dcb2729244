"""What a gate prints of each contest, while it runs and when it is done."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from pathlib import Path

from harness.cli.gate import line_of, said_of
from harness.experiment.events import TrialEnded
from harness.judge.caveats import Caveat, VoidReason
from harness.judge.gate import (
    CAPACITY,
    CPU,
    Confirmed,
    ContestResult,
    GateVerdict,
    MetricChange,
    Screened,
    exit_code,
)
from harness.judge.interval import Interval
from harness.model.reading import Bound
from harness.report.gate import Outcome
from harness.report.render import exports
from tests.support.simulated_gate import CONTESTS, FIRST, Gates

TITLE = CONTESTS[0].title
SEVERAL = Interval(1.2, 1.1, 1.3, 4)


def change(
    cost: Interval,
    *,
    suspect: bool = False,
    cleared: bool = False,
    faster: bool = False,
) -> MetricChange:
    """Return what the first blocks say of the capacity."""
    return MetricChange(CAPACITY, cost, suspect, cleared, faster, detectable=1.032)


SUSPECT = Screened((change(SEVERAL, suspect=True),))
SLOWER = Confirmed({"capacity": Interval(1.15, 1.12, 1.18, 10)}, ("capacity",), settled=True)
CLEARED = Confirmed({"capacity": Interval(1.0, 0.98, 1.02, 10)}, (), settled=True)


def said(screened: Screened, fresh: Confirmed | None = None) -> str:
    """Return what is printed of a contest, at last."""
    return said_of(ContestResult(CONTESTS[0], screened, fresh), last=True)


def test_a_suspect_contest_is_announced_as_one_that_is_measured_again() -> None:
    """Until fresh blocks say the same, it is not called slower."""
    assert said_of(ContestResult(CONTESTS[0], SUSPECT)) == (
        f"? {TITLE}: slower by its capacity in the first blocks; "
        "if there is time, it is measured again under another seed"
    )
    first, screen, fresh = said(SUSPECT, SLOWER).splitlines()
    assert first == (
        f"✗ {TITLE}: slower by its capacity, and fresh blocks under another seed find the same"
    )
    assert screen.endswith("capacity: head costs +20.0 % (+10.0 … +30.0 %, 4 blocks), suspect")
    assert fresh.endswith(
        "again, capacity: head costs +15.0 % (+12.0 … +18.0 %, 10 blocks), slower"
    )


def test_a_suspect_for_which_there_is_no_time_is_not_confirmed() -> None:
    """At the end of a gate nothing is promised any more."""
    assert said(SUSPECT).splitlines()[0] == (
        f"? {TITLE}: not confirmed: slower by its capacity in the first blocks, "
        "but there was no time for fresh blocks"
    )


def test_a_suspect_that_fresh_blocks_clear_is_no_slower() -> None:
    """They are what decides, and what they do not settle is unclear."""
    found = said(SUSPECT, CLEARED)
    assert found.startswith(
        f"✓ {TITLE}: no slower: slower by its capacity in the first blocks, but"
    )
    assert "fresh blocks under another seed do not find it" in found
    unsettled = said(SUSPECT, replace(CLEARED, settled=False))
    assert unsettled.startswith(f"? {TITLE}: not confirmed: ")
    assert "but the fresh blocks do not settle it" in unsettled


def test_a_contest_whose_capacity_is_not_known_does_not_pass_by_its_cpu() -> None:
    """What fresh blocks clear is the metric that was suspect, and no other."""
    wide = change(Interval(1, 0.9, 1.1, 4))
    cpu = replace(change(SEVERAL, suspect=True), metric=CPU)
    cleared = Confirmed({CPU.name: Interval(1.0, 0.98, 1.02, 10)}, (), settled=True)
    found = said(Screened((wide, cpu)), cleared).splitlines()[0]
    assert found.startswith(f"? {TITLE}: not confirmed: slower by its CPU per request")
    assert found.endswith(
        "of the rest only changes ≥ 3.2 % of capacity can be detected (80 % power)"
    )


def test_an_app_that_fails_in_fresh_blocks_is_no_pass() -> None:
    """It is said so, and the exit code is that of what is broken."""
    failed = Confirmed({}, (), settled=True, invalid="head answered 500", broken=True)
    result = ContestResult(CONTESTS[0], SUSPECT, failed)
    assert result.verdict is GateVerdict.UNCLEAR
    assert "the fresh blocks have no answer: head answered 500" in said_of(result, last=True)
    assert exit_code([result], strict=False) == 3


def test_a_head_that_costs_less_is_called_faster() -> None:
    """By which metric, and it is counted as such."""
    screened = Screened((change(Interval(0.9, 0.88, 0.92, 4), cleared=True, faster=True),))
    result = ContestResult(CONTESTS[0], screened)
    assert said_of(result).splitlines() == [
        f"✓ {TITLE}: faster by its capacity",
        "    capacity: head costs -10.0 % (-12.0 … -8.0 %, 4 blocks), faster",
    ]
    outcome = Outcome("base", "head", 0.03, [result], [], [], "bench.py gate", 60)
    assert outcome.headline == "1 faster"
    assert exit_code([result], strict=True) == 0


def test_a_contest_that_decides_nothing_says_what_would_have_been_detected() -> None:
    """With the power of that."""
    found = said(Screened((change(Interval(1, 0.9, 1.1, 4)),))).splitlines()[0]
    assert found.endswith(
        "unclear: here only changes ≥ 3.2 % of capacity can be detected (80 % power)"
    )


def test_cpu_that_spreads_too_widely_is_named_where_the_capacity_passes() -> None:
    """A contest passes by its capacity, and says what could not be seen."""
    unsure = replace(change(Interval(1, 0.8, 1.2, 4)), metric=CPU, detectable=1.2)
    found = said(Screened((change(Interval(1, 0.99, 1.01, 4), cleared=True), unsure)))
    assert found.splitlines()[0] == (
        f"✓ {TITLE}: no slower by its capacity; "
        "changes ≥ 20.0 % of CPU per request would be detected (80 % power)"
    )


def test_a_head_that_serves_nothing_costs_at_least_so_much_more() -> None:
    """A collapse bounds the ratio from below, and no division by zero spoils the words."""
    gone = Interval(700.0, 600.0, math.inf, 4, Bound.AT_LEAST)
    found = said(Screened((change(gone, suspect=True),)), SLOWER)
    assert "head costs at least +69900.0 % (+59900.0 … +∞ %, 4 blocks), suspect" in found


def test_what_a_stand_in_served_is_labelled(tmp_path: Path) -> None:
    """In every format that has words."""
    labelled = replace(SUSPECT, caveats=(Caveat.STAND_IN,))
    result = ContestResult(CONTESTS[0], labelled, SLOWER)
    assert said_of(result, last=True).splitlines()[0].endswith("(of a stand-in)")
    outcome = Outcome("base", "head", 0.03, [result], [], [], "bench.py gate", 60)
    exports.write(outcome, tmp_path)
    for name in ("gate.md", "junit.xml"):
        assert "(of a stand-in)" in (tmp_path / name).read_text()


def test_a_contest_that_is_void_says_why(gates: Gates) -> None:
    """How often, and of which blocks."""
    noisy = gates()
    noisy.spoil = lambda found: replace(found, foreign=0.9)
    found = noisy.results(CONTESTS[:1])[FIRST]
    said = said_of(found).splitlines()[0]
    reason = VoidReason.NOISY.says
    assert said.startswith(f"– {TITLE}: no answer, 0 of the 4 blocks it takes were measured; ")
    assert re.search(rf"others are void: {re.escape(reason)} \((\d) of \1\)$", said)


def test_each_trial_of_a_gate_is_a_line(gates: Gates) -> None:
    """With both metrics, or with why it is void; alone it has neither."""
    events = [one for one in gates().events(CONTESTS[:1]) if isinstance(one, TrialEnded)]
    alone, ended = events[0], next(one for one in events if one.trial.block)
    assert line_of(alone).startswith(f"{FIRST} · evidence · base: ")
    assert line_of(alone).endswith(" ms alone")
    assert line_of(ended).startswith(f"{FIRST} · block 1 · ")
    assert line_of(ended).endswith(" µs of CPU per request")
    void = replace(ended, void=(VoidReason.NOISY,))
    assert line_of(void).endswith(f": void: {VoidReason.NOISY.says}")
