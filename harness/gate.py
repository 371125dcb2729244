"""The gate: whether head is slower than base, variant by variant, and whether that can be told here at all.

Each variant that both sides have is a contest of two, conducted like any scenario: in blocks that hold either side once. Judged are capacity, which shows what
waits longer, and CPU per request, which shows what computes longer. Red takes three things: an interval that excludes 1, an estimate beyond the margin,
and a second run, under another seed, that says the same of the same metric. How often that errs was simulated: tests/test_gate.py.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, replace
from enum import StrEnum

from harness import stats
from harness.answer import answer, gain, values, whole_blocks
from harness.conduct import Driver, conduct
from harness.errors import BenchError
from harness.measurement import Measurement
from harness.plan import LEVEL, PROFILES, Trial, again, blocks, looks, pilot
from harness.records import Run
from harness.scenario import Metric, Scenario, Variant, capacity, cpu_per_request, until_failure
from harness.stats import Interval

PROFILE = "gate"
BASE, HEAD = "base", "head"
METRICS = (capacity, cpu_per_request)
UNITS = {"": 1, "s": 1, "m": 60, "h": 3600}
SET_UP_S = 6.0  # of a contest: its services and its load
CONFIRMING = 0.2  # of the budget is kept for second runs, or the time of one if that is more

Stage = Callable[[Scenario, Run], AbstractContextManager[Driver]]  # brings up what a contest needs, and gives a driver for its trials


class Ruling(StrEnum):
    """What one run says of one metric of one contest."""

    SLOWER = "slower"
    NO_SLOWER = "no slower"
    UNCLEAR = "unclear"


class Verdict(StrEnum):
    """What all runs say of a contest."""

    REGRESSION = "regression"
    UNCLEAR = "unclear"
    INVALID = "invalid"
    PASSED = "passed"


@dataclass(frozen=True, slots=True)
class Change:
    """How many times as costly head is as base, by one metric: above 1 is slower. `tells` is the smallest ratio that as many blocks tell four times in five."""

    metric: Metric
    cost: Interval
    ruling: Ruling
    tells: float


@dataclass(frozen=True, slots=True)
class Ruled:
    """One run of one contest. Where `invalid` says why, nothing is ruled; `broken` where an app or a service failed."""

    changes: tuple[Change, ...] = ()
    voided: int = 0
    invalid: str = ""
    broken: bool = False

    @property
    def settled(self) -> bool:
        """Say whether no further block is wanted: a metric is slower, or none may be."""
        rulings = {change.ruling for change in self.changes}
        return bool(self.invalid) or Ruling.SLOWER in rulings or rulings == {Ruling.NO_SLOWER}

    @property
    def suspects(self) -> dict[str, Change]:
        """Give what is slower, by the metric's name."""
        return {change.metric.name: change for change in self.changes if change.ruling is Ruling.SLOWER}


@dataclass(frozen=True, slots=True)
class Result:
    """A contest with its run, and the second one where the first made it suspect."""

    contest: Scenario
    first: Ruled
    second: Ruled | None = None

    @property
    def verdict(self) -> Verdict:
        """Put the runs together."""
        if self.first.invalid:
            return Verdict.INVALID
        if self.confirmed:
            return Verdict.REGRESSION
        cleared = all(change.ruling is Ruling.NO_SLOWER for change in self.first.changes)
        return Verdict.PASSED if cleared else Verdict.UNCLEAR

    @property
    def confirmed(self) -> tuple[str, ...]:
        """Name the metrics that both runs found slower."""
        return tuple(name for name in self.first.suspects if self.second and name in self.second.suspects)


def contests(head: Scenario, base: Scenario) -> tuple[list[Scenario], list[str]]:
    """Pair the variants that both sides have, each as served there, and name those that only one has. Questions, loads and knobs are head's."""
    sides = {HEAD: head, BASE: base}
    names = {side: [variant.name for variant in scenario.variants] for side, scenario in sides.items()}
    both = [name for name in names[HEAD] if name in names[BASE]]
    lone = [f"{head.name}/{name} (only {side} has it)" for side in sides for name in names[side] if name not in both]
    return [_contest(head, base, name) for name in both], lone


def ruled(contest: Scenario, measurements: Sequence[Measurement], margin: float) -> Ruled:
    """Judge one run of a contest by its whole blocks."""
    profile = PROFILES[PROFILE]
    found, whole = answer(contest, profile, measurements), whole_blocks(contest, measurements)
    void, first = len(found.voided), looks(contest, profile)[0]
    if found.invalid or len(whole) < first:
        return Ruled(voided=void, invalid=found.invalid or f"{len(whole)} of the {first} blocks it takes were measured")
    changes = []
    for metric in METRICS:
        cost = gain(metric, BASE, HEAD, whole, level())
        if cost is None:
            return Ruled(voided=void, invalid=f"the {metric.name} could not be read in every block")
        changes.append(Change(metric, cost, rule(cost, margin), tells(metric, whole, len(whole))))
    return Ruled(tuple(changes), void)


def rule(cost: Interval, margin: float) -> Ruling:
    """Say what an interval of head's cost over base's means."""
    if cost.low > 1 and cost.estimate >= 1 + margin:
        return Ruling.SLOWER
    return Ruling.NO_SLOWER if cost.high < 1 + margin else Ruling.UNCLEAR


def level() -> float:
    """Give the error level of one metric at one look: 5 % split equally (Bonferroni)."""
    return LEVEL / len(PROFILES[PROFILE].looks) / len(METRICS)


def tells(metric: Metric, whole: Sequence[Mapping[str, Measurement]], number: int) -> float:
    """Estimate the smallest ratio that so many blocks tell four times in five, by how the blocks on record spread."""
    of_base, of_head = (values(metric, side, [dict(block) for block in whole]) for side in (BASE, HEAD))
    differences = stats.log_ratios(of_base, of_head)
    centre = stats.hodges_lehmann(differences)[0]
    return stats.detectable([one - centre for one in differences], number, level()) if math.isfinite(centre) else math.inf


def hold(
    asked: Sequence[Scenario],
    stage: Stage,
    runs: tuple[Run, Run],
    *,
    seed: int,
    margin: float,
    seconds: float,
    now: Callable[[], float] = time.monotonic,
    refusing: bool = True,
) -> Iterator[Trial | Measurement | Result]:
    """Hold every contest within `seconds`, then the suspect ones once more into the second run, the clearest first, as far as time goes.

    Yields each trial as it begins, each measurement, and each result as it is known; a suspect's is yielded again with its second run.
    Raises BenchError where the margin is less than the first contest, which stands for the machine, can tell in its time, if `refusing`; else that is unclear.
    """
    ends = now() + seconds
    kept = confirming(asked, seconds)
    results = {}
    for number, contest in enumerate(asked):
        until = ends - kept - sum(least_s(one) for one in asked[number + 1 :])
        found = yield from _round(contest, stage, runs[0], seed, margin, (until, ends), now, probing=refusing and not number)
        results[contest.name] = Result(contest, found)
        yield results[contest.name]
    suspects = sorted((one for one in results.values() if one.first.suspects), key=lambda one: -max(c.cost.low for c in one.first.suspects.values()))
    for number, suspect in enumerate(suspects):
        until = max(ends - sum(least_s(one.contest) for one in suspects[number + 1 :]), now() + least_s(suspect.contest))
        if now() + least_s(suspect.contest) > ends:
            return
        second = yield from _round(suspect.contest, stage, runs[1], seed + 1, margin, (min(until, ends), ends), now, probing=False)
        yield replace(suspect, second=second)


def least_s(contest: Scenario) -> float:
    """Estimate the seconds that a contest takes up to its first look."""
    profile = PROFILES[PROFILE]
    trials = [*pilot(contest, 0), *(trial for block in blocks(contest, profile, 0, 1)[: looks(contest, profile)[0]] for trial in block)]
    return SET_UP_S + sum(trial.seconds for trial in trials)


def confirming(asked: Sequence[Scenario], seconds: float) -> float:
    """Give the seconds that are kept for second runs."""
    return max(CONFIRMING * seconds, *(least_s(one) for one in asked))


def affordable(asked: Sequence[Scenario], seconds: float) -> None:
    """Refuse a budget in which not every contest reaches its first look."""
    needed = sum(least_s(one) for one in asked)
    if needed + confirming(asked, seconds) > seconds:
        least = max(needed / (1 - CONFIRMING), needed + max(least_s(one) for one in asked))
        raise BenchError(
            f"a budget of {seconds / 60:.3g} min is too short for {len(asked)} variants: it takes {math.ceil(least / 60)} min to look at each of them once",
            hint=f"--budget {math.ceil(least / 60)}m, or name fewer scenarios",
        )


def exit_code(results: Sequence[Result], *, strict: bool) -> int:
    """Say it to a shell: 0 pass, 1 a confirmed regression, 3 nothing valid or something broken, 4 unclear where that is not let pass."""
    verdicts = [result.verdict for result in results]
    if Verdict.REGRESSION in verdicts:
        return 1
    if any(result.first.broken for result in results) or all(verdict is Verdict.INVALID for verdict in verdicts):
        return 3
    return 4 if strict and set(verdicts) != {Verdict.PASSED} else 0


def seconds_of(text: str) -> float:
    """Read a length of time such as 10m, 90s or 1h."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smh]?)", text.strip())
    if not found or not float(found[1]):
        raise BenchError(f"{text!r} is no length of time", hint="write it like 10m, 90s or 1h")
    return float(found[1]) * UNITS[found[2]]


def share_of(text: str) -> float:
    """Read a share such as 3% or 0.03: above 0 and at most a quarter, for nobody needs a gate to see more."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(%?)", text.strip())
    share = float(found[1]) / (100 if found[2] else 1) if found else 0.0
    if not 0 < share <= 0.25:  # noqa: PLR2004  see above
        raise BenchError(f"{text!r} is no margin", hint="give more than 0 % and at most 25 %, like 3%")
    return share


def _contest(head: Scenario, base: Scenario, name: str) -> Scenario:
    sides: list[Variant] = []
    for side, scenario in ((BASE, base), (HEAD, head)):
        variant = scenario.variant(name)
        sides.append(replace(variant, name=side, file=variant.source, budget=scenario.budget_of(variant)))
    primary = until_failure if head.primary.counts_failures else capacity  # which lets the guards know that some may fail
    return replace(
        head,
        name=f"{head.name}-{name}",
        home=head.folder,
        question=f"Is {name} slower than it was?",
        primary=primary,
        variants=tuple(sides),
        claims=(),
        loads=(),
        sweep=(),
    )


def _round(
    contest: Scenario, stage: Stage, run: Run, seed: int, margin: float, until: tuple[float, float], now: Callable[[], float], *, probing: bool
) -> Generator[Trial | Measurement, None, Ruled]:
    """Conduct one run of a contest and rule. After the first of `until` no block begins that the first look does not need, after the second none at all."""
    profile = PROFILES[PROFILE]
    first = looks(contest, profile)[0]
    block_s = sum(trial.seconds for trial in again(blocks(contest, profile, seed, 1)[0], 0))
    enough, ends = until
    try:
        with stage(contest, run) as drive:
            events = conduct(contest, profile, seed, drive, run, settled=lambda measured: ruled(contest, measured, margin).settled)
            with closing(events):
                for event in events:
                    if isinstance(event, Trial) and event.position == 0 and event.block:
                        if now() + block_s > (enough if event.block > first else ends):
                            break
                        if probing and event.block == first + 1:
                            possible = min(looks(contest, profile)[-1], first + int((enough - now()) / block_s))
                            _refuse(contest, run.read(), margin, possible)
                    yield event
    except BenchError as error:
        if isinstance(error, MarginError):
            raise
        return Ruled(invalid=str(error), broken=True)
    return ruled(contest, run.read(), margin)


class MarginError(BenchError):
    """A margin that cannot be told here in this time."""


def _refuse(contest: Scenario, measurements: Sequence[Measurement], margin: float, possible: int) -> None:
    """Refuse a margin that is less than can be told by so many blocks."""
    whole = whole_blocks(contest, measurements)
    least = min(tells(metric, whole, possible) for metric in METRICS) - 1 if whole else 0.0
    if least > margin:
        raise MarginError(
            f"a margin of {margin:.3g} is less than can be told here in this time: {possible} blocks of {contest.name} tell {least:.1%} at best",
            hint=f"--margin {math.ceil(1000 * least) / 10:g}%, or a larger --budget, or a quieter machine",
        )
