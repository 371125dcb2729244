"""Carry out a gate within its budget: what is measured next, and when it is enough."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, replace

from harness.experiment.events import BlockStarted, Event, LookTaken
from harness.experiment.run import Driver, run_experiment
from harness.judge.answer import whole_blocks
from harness.judge.gate import METRICS, Contest, ContestResult, RunVerdict, detectable, judge_run
from harness.model.errors import BenchError
from harness.store.run import Run

LONGEST_S = 90  # that reads better in seconds than in minutes
SET_UP_S = 5.0  # of a contest: its services and its load
CONFIRMING = 0.2  # of the budget is kept for second runs, or the time of one if that is more

# Brings up what a contest needs, and drives its trials.
Stage = Callable[[Contest, Run], AbstractContextManager[Driver]]
Clock = Callable[[], float]  # seconds


class MarginError(BenchError):
    """A margin that cannot be detected here in this time."""


@dataclass(frozen=True, slots=True)
class Round:
    """One run of one contest: where it is kept, and how long it may take.

    It goes on to a further look only where that comes before `enough`, and ends before `ends`,
    both in seconds of the clock. Where it is `probing`, it refuses a margin that is too small.
    """

    contest: Contest
    run: Run
    seed: int
    enough: float
    ends: float
    probing: bool = False


def run(
    contests: Sequence[Contest],
    stage: Stage,
    runs: tuple[Run, Run],
    *,
    seed: int,
    margin: float,
    seconds: float,
    now: Clock = time.monotonic,
    refusing: bool = True,
) -> Iterator[Event | ContestResult]:
    """Measure every contest within `seconds`, then go on as far as time allows.

    First the suspect ones are measured once more, into the second run, the clearest first; then
    those that are unclear go on to their next look.
    Yields what happens, and each result as soon as it is known, again where more became known.
    Raises BenchError where `refusing` and the margin is less than the first contest, which stands
    for the machine, can detect in its time; else such a contest is unclear.
    """
    ends = now() + seconds
    kept_s = confirming_s(contests, seconds)
    results = {}
    for number, contest in enumerate(contests):
        later_s = sum(least_s(one) for one in contests[number + 1 :])
        probing = refusing and not number
        one = Round(contest, runs[0], seed, ends - kept_s - later_s, ends, probing)
        found = yield from _measure(one, stage, margin, now)
        results[contest.name] = ContestResult(contest, found)
        yield results[contest.name]
    while following := _following(list(results.values()), ends - now()):
        result, others_s = following
        suspect = bool(result.first.suspects)
        one = Round(result.contest, runs[suspect], seed + suspect, ends - others_s, ends)
        found = yield from _measure(one, stage, margin, now)
        changed = replace(result, second=found) if suspect else replace(result, first=found)
        results[result.contest.name] = changed
        yield changed


def least_s(contest: Contest) -> float:
    """Return an estimate of the seconds that a contest takes up to its first look."""
    design = contest.design
    return SET_UP_S + design.pilot_s + design.looks[0] * design.block_s


def confirming_s(contests: Sequence[Contest], seconds: float) -> float:
    """Return the seconds of the budget that are kept for second runs."""
    return max(CONFIRMING * seconds, *(least_s(one) for one in contests))


def require_enough(
    contests: Sequence[Contest], budget_s: float, spent_s: float = 0, *, installed: bool = False
) -> None:
    """Raise BenchError where the budget is too short for the first look at every contest.

    `spent_s` of it are gone; where both sides are `installed`, that took most of them.
    """
    left_s = budget_s - spent_s
    needed = sum(least_s(one) for one in contests)
    if needed + confirming_s(contests, left_s) <= left_s:
        return
    longest = max(least_s(one) for one in contests)
    least_min = math.ceil((spent_s + max(needed / (1 - CONFIRMING), needed + longest)) / 60)
    installing = f", {_duration(spent_s)} of them to install both sides" if installed else ""
    raise BenchError(
        f"a budget of {_duration(budget_s)} is too short for {len(contests)} variants: "
        f"to measure each of them once takes {least_min} min{installing}",
        hint=f"--budget {least_min}m, or name fewer scenarios",
    )


def _following(
    results: Sequence[ContestResult], left_s: float
) -> tuple[ContestResult, float] | None:
    """Return what the time that is left is best used for, and the seconds to keep for others.

    None where nothing more fits.
    """
    suspects = sorted(
        (one for one in results if one.first.suspects and not one.second),
        key=lambda one: -max(change.cost.low for change in one.first.suspects.values()),
    )
    if suspects and least_s(suspects[0].contest) <= left_s:
        others_s = sum(least_s(one.contest) for one in suspects[1:])
        return suspects[0], min(others_s, left_s - least_s(suspects[0].contest))
    for one in results:
        blocks = 0 if one.first.settled else _to_next_look(one)
        if blocks and SET_UP_S + blocks * one.contest.design.block_s <= left_s:
            return one, 0.0
    return None


def _to_next_look(result: ContestResult) -> int:
    """Return the number of blocks that a contest lacks to its next look; 0 after the last."""
    seen = result.first.changes[0].cost.n
    return next((look - seen for look in result.contest.design.looks if look > seen), 0)


def _measure(
    one: Round, stage: Stage, margin: float, now: Clock
) -> Generator[Event, None, RunVerdict]:
    """Carry out one run of a contest, and return its verdict."""
    contest = one.contest
    look = 0  # the last one that did not settle it
    try:
        with stage(contest, one.run) as drive:
            events = run_experiment(
                contest.design,
                one.seed,
                drive,
                one.run,
                settled=lambda measured: judge_run(contest, measured, margin).settled,
            )
            with closing(events):
                for event in events:
                    if isinstance(event, LookTaken):
                        look = event.blocks
                    if isinstance(event, BlockStarted) and not _goes_on(one, event, look, now()):
                        break
                    yield event
                    if isinstance(event, LookTaken) and one.probing:
                        _require_detectable(one, event.blocks, margin, now())
    except MarginError:
        raise
    except BenchError as error:
        return RunVerdict(invalid=str(error), broken=True)
    return judge_run(contest, one.run.read(), margin)


def _goes_on(one: Round, block: BlockStarted, look: int, now: float) -> bool:
    """Return whether there is time for a block: after a look, for all up to the next one."""
    design = block.design
    if look and block.number == look + 1 and not block.attempt:
        following = min(planned for planned in design.looks if planned > look)
        return now + (following - look) * design.block_s <= one.enough
    return not block.number or now + design.block_s <= one.ends


def _require_detectable(one: Round, blocks: int, margin: float, now: float) -> None:
    """Raise MarginError where all the blocks that fit cannot detect a change of the margin."""
    design = one.contest.design
    whole = whole_blocks(one.contest.scenario, one.run.read())
    if blocks != design.looks[0] or not whole:
        return
    left_s = one.enough - now
    fitting = (look for look in design.looks if (look - blocks) * design.block_s <= left_s)
    possible = max([blocks, *fitting])
    least = min(detectable(metric, whole, possible) for metric in METRICS) - 1
    if least > margin:
        raise MarginError(
            f"a margin of {100 * margin:.3g} % cannot be detected here in this time: {possible} "
            f"blocks of {one.contest.title} show changes of {100 * least:.1f} % at best "
            "(80 % power)",
            hint=f"--margin {math.ceil(1000 * least) / 10:g}%, or a larger --budget, or a quieter "
            "machine",
        )


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds <= LONGEST_S else f"{seconds / 60:.3g} min"
