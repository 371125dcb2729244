"""Hold a gate within its budget: what is measured next, and when it is enough."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import replace

from harness.design.plan import PROFILES, Trial, blocks, looks, pilot
from harness.experiment.run import Driver, conduct
from harness.judge.answer import whole_blocks
from harness.judge.gate import METRICS, PROFILE, Result, Ruled, ruled, tells
from harness.model.errors import BenchError
from harness.model.facts import Measurement
from harness.model.scenario import Scenario
from harness.store.records import Run

SET_UP_S = 5.0  # of a contest: its services and its load
CONFIRMING = 0.2  # of the budget is kept for second runs, or the time of one if that is more

Stage = Callable[
    [Scenario, Run], AbstractContextManager[Driver]
]  # brings up what a contest needs, and gives a driver for its trials


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
    """Hold every contest within `seconds`, then the suspect ones once more into the second run, the clearest first, then what is unclear on to its next look.

    All as far as time goes. Yields each trial as it begins, each measurement, and each result as it is known, again where more became known.
    Raises BenchError where the margin is less than the first contest, which stands for the machine, can tell in its time, if `refusing`; else that is unclear.
    """
    ends = now() + seconds
    kept = confirming(asked, seconds)
    results = {}
    for number, contest in enumerate(asked):
        until = ends - kept - sum(least_s(one) for one in asked[number + 1 :])
        found = yield from _round(
            contest,
            stage,
            runs[0],
            seed,
            margin,
            (until, ends),
            now,
            probing=refusing and not number,
        )
        results[contest.name] = Result(contest, found)
        yield results[contest.name]
    while following := _following(list(results.values()), ends - now()):
        one, others_s = following
        if one.first.suspects:
            found = yield from _round(
                one.contest,
                stage,
                runs[1],
                seed + 1,
                margin,
                (ends - others_s, ends),
                now,
                probing=False,
            )
            results[one.contest.name] = replace(one, second=found)
        else:
            found = yield from _round(
                one.contest, stage, runs[0], seed, margin, (ends, ends), now, probing=False
            )
            results[one.contest.name] = replace(one, first=found)
        yield results[one.contest.name]


def least_s(contest: Scenario) -> float:
    """Estimate the seconds that a contest takes up to its first look."""
    return (
        SET_UP_S
        + sum(trial.seconds for trial in pilot(contest, 0))
        + looks(contest, PROFILES[PROFILE])[0] * block_s(contest)
    )


def block_s(contest: Scenario) -> float:
    """Estimate the seconds that a block takes, which holds either side once."""
    return sum(trial.seconds for trial in blocks(contest, PROFILES[PROFILE], 0, 1)[0])


def confirming(asked: Sequence[Scenario], seconds: float) -> float:
    """Give the seconds that are kept for second runs."""
    return max(CONFIRMING * seconds, *(least_s(one) for one in asked))


def affordable(asked: Sequence[Scenario], seconds: float, spent: float = 0) -> None:
    """Refuse a budget of which so many seconds are left, after those that were spent on installing, if not every contest reaches its first look."""
    needed = sum(least_s(one) for one in asked)
    if needed + confirming(asked, seconds) > seconds:
        least = math.ceil(
            (spent + max(needed / (1 - CONFIRMING), needed + max(least_s(one) for one in asked)))
            / 60
        )
        raise BenchError(
            f"a budget of {(spent + seconds) / 60:.3g} min is too short for {len(asked)} variants: it takes {least} min to look at each of them once"
            + (f", {spent / 60:.2g} min of them to install both sides" if spent else ""),
            hint=f"--budget {least}m, or name fewer scenarios",
        )


def _following(results: Sequence[Result], left_s: float) -> tuple[Result, float] | None:
    """Choose what the time that is left is best used for, and give the seconds that others need besides."""
    suspects = sorted(
        (one for one in results if one.first.suspects and not one.second),
        key=lambda one: -max(c.cost.low for c in one.first.suspects.values()),
    )
    if suspects and least_s(suspects[0].contest) <= left_s:
        others_s = sum(least_s(one.contest) for one in suspects[1:])
        return suspects[0], min(others_s, left_s - least_s(suspects[0].contest))
    for one in results:
        if (
            not one.first.settled
            and (blocks_left := _to_next_look(one))
            and SET_UP_S + blocks_left * block_s(one.contest) <= left_s
        ):
            return one, 0.0
    return None


def _to_next_look(result: Result) -> int:
    """Count the blocks that a contest lacks to its next look; none where it had the last."""
    seen = result.first.changes[0].cost.n
    return next(
        (look - seen for look in looks(result.contest, PROFILES[PROFILE]) if look > seen), 0
    )


def _round(
    contest: Scenario,
    stage: Stage,
    run: Run,
    seed: int,
    margin: float,
    until: tuple[float, float],
    now: Callable[[], float],
    *,
    probing: bool,
) -> Generator[Trial | Measurement, None, Ruled]:
    """Conduct one run of a contest and rule. Beyond its first look it goes on only to looks before the first of `until`; all of it ends before the second."""
    planned, each_s = looks(contest, PROFILES[PROFILE]), block_s(contest)
    enough, ends = until
    try:
        with stage(contest, run) as drive:
            events = conduct(
                contest,
                PROFILES[PROFILE],
                seed,
                drive,
                run,
                settled=lambda measured: ruled(contest, measured, margin).settled,
            )
            with closing(events):
                for event in events:
                    if isinstance(event, Trial) and event.position == 0 and event.block:
                        seen = event.block - 1
                        if seen in planned and not event.attempt:
                            if probing and seen == planned[0]:
                                _refuse(
                                    contest,
                                    run.read(),
                                    margin,
                                    max(
                                        look
                                        for look in planned
                                        if now() + (look - seen) * each_s <= enough or look == seen
                                    ),
                                )
                            if (
                                now()
                                + (min(look for look in planned if look > seen) - seen) * each_s
                                > enough
                            ):
                                break
                        elif now() + each_s > ends:
                            break
                    yield event
    except BenchError as error:
        if isinstance(error, MarginError):
            raise
        return Ruled(invalid=str(error), broken=True)
    return ruled(contest, run.read(), margin)


class MarginError(BenchError):
    """A margin that cannot be told here in this time."""


def _refuse(
    contest: Scenario, measurements: Sequence[Measurement], margin: float, possible: int
) -> None:
    """Refuse a margin that is less than can be told by so many blocks."""
    whole = whole_blocks(contest, measurements)
    least = min(tells(metric, whole, possible) for metric in METRICS) - 1 if whole else 0.0
    if least > margin:
        raise MarginError(
            f"a margin of {margin:.3g} is less than can be told here in this time: {possible} blocks of {contest.name} tell {least:.1%} at best",
            hint=f"--margin {math.ceil(1000 * least) / 10:g}%, or a larger --budget, or a quieter machine",
        )
