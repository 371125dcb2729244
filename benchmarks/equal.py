"""Compare variants with themselves, by the profile that judges others, and count differences.

    python -m benchmarks.equal --into results/equal     # half an hour; interrupted, it goes on

Each run serves one file under four names, which makes three pairs with the first. Runs go through
the catalogue, a variant of each scenario after the other, until enough pairs have an answer. That
what is seen once besides is left out, for it decides nothing.
"""

from __future__ import annotations

import argparse
import sys
import textwrap
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from statistics import median

from scipy.special import betaincinv

from harness.catalogue import catalogue
from harness.design.design import Design
from harness.design.profile import PROFILES
from harness.experiment import session
from harness.experiment.events import Answered, TrialEnded
from harness.experiment.session import Order
from harness.judge.answer import Answer, answer
from harness.judge.interval import Verdict
from harness.model.errors import BenchError
from harness.model.scenario import Scenario
from harness.report.sentences import of_contrast
from harness.store.run import Run

NAMES = ("one", "second", "third", "fourth")
PROFILE, ON = "quick", "host"
PAIRS = 102  # that must have an answer
LONGEST_S = 60.0  # by the plan's own estimate: what takes longer is left out
IN_A_ROW = 3  # invalid runs, at which it ends
DIFFERS = {Verdict.BETTER, Verdict.WORSE}
HEADS = ("run", "app", "judged by", "found", "verdict", "blocks", "void")


@dataclass(frozen=True, slots=True)
class App:
    """What is compared with itself: which run it is, and its scenario under four names."""

    number: int
    name: str
    variant: str
    scenario: Scenario

    def folder(self, into: Path) -> Path:
        """Return where it is kept."""
        return into / f"{self.number:02d}-{self.name}-{self.variant}"

    def measured(self, into: Path) -> Run | None:
        """Return the run on record, None where there is none that ended."""
        return next((Run(path.parent) for path in self.folder(into).glob("*/finished")), None)


def apps() -> Iterator[App]:
    """Yield the first variant of every scenario, then the second of each, and so on."""
    named = ([(one, variant.name) for variant in one.variants] for one in catalogue().values())
    turns = (pair for turn in zip_longest(*named) for pair in turn if pair)
    for number, (scenario, variant) in enumerate(turns, 1):
        twins = scenario.as_aa_test(variant, NAMES)
        design = Design(twins, PROFILES[PROFILE])
        once = sum(trial.seconds for trial in design.evidence(0))
        if once + design.planned_blocks * design.block_s <= LONGEST_S:
            yield App(number, scenario.name, variant, twins)


def measure(app: App, into: Path) -> Run:
    """Measure one app under four names up to its answer."""
    folder = app.folder(into)
    folder.mkdir(parents=True, exist_ok=True)
    order = Order(scenarios=[app.scenario], profile=PROFILE, on=ON, seed=app.number, results=folder)
    with session.start(order) as begun, closing(begun.events()) as events:
        for event in events:
            if isinstance(event, TrialEnded) and event.void:
                reasons = ", ".join(reason.says for reason in event.void)
                say(f"  {event.trial.where}, {event.trial.variant}, void: {reasons}")
            if isinstance(event, Answered):
                break
        begun.finish()
        return begun.run


def judged(run: Run) -> Answer:
    """Return the answer of a run."""
    return answer(Design(run.asked.scenarios[0], PROFILES[PROFILE]), run.read())


def verdicts(found: Answer) -> list[Verdict]:
    """Return the verdicts on the pairs of a run that have one."""
    said = (contrast.verdict for contrast in found.contrasts)
    return [verdict for verdict in said if verdict is not Verdict.INVALID]


def go_through(pairs: int, minutes: float, into: Path) -> None:
    """Measure what is not on record until so many pairs have an answer, or the time is over.

    Ends where one run after the other is invalid: then something else uses the machine.
    """
    ends, known, invalid = time.monotonic() + 60 * minutes, 0, 0
    for app in apps():
        run = app.measured(into)
        if run is None:
            if known >= pairs or time.monotonic() > ends or invalid == IN_A_ROW:
                continue
            say(f"run {app.number}, {app.name}/{app.variant}, {known} of {pairs} pairs …")
            began_s = time.monotonic()
            try:
                run = measure(app, into)
            except BenchError as error:
                say(f"  left out: {error}")
                continue
            found = judged(run)
            what = found.invalid or ", ".join(verdicts(found)) or "no answer"
            say(f"  {time.monotonic() - began_s:.0f} s, {found.blocks} blocks: {what}")
            invalid = invalid + 1 if found.invalid else 0
            if invalid == IN_A_ROW:
                say(f"{invalid} runs in a row are invalid: go on when the machine is quiet")
        known += len(verdicts(judged(run)))


def rows(app: App, found: Answer) -> Iterator[tuple[str, ...]]:
    """Yield a row for each pair, and one for a run that is invalid."""
    said = [(str(of_contrast(one)), one.verdict.value) for one in found.contrasts]
    if found.invalid:
        said = [(found.invalid, Verdict.INVALID.value)]
    title, metric = f"{app.name}/{app.variant}", found.scenario.primary.label
    for what, verdict in said:
        counts = str(found.blocks), str(len(found.void))
        yield str(app.number), title, metric, what, verdict, *counts


def summary(answers: Sequence[Answer]) -> Iterator[str]:
    """Yield how many were said to differ, with the interval of that rate, and what else was."""
    said = [verdicts(one) for one in answers]
    valid = [one for one in said if one]
    pairs = [verdict for one in valid for verdict in one]
    wrong, wrong_runs = (
        sum(verdict in DIFFERS for verdict in pairs),
        sum(bool(DIFFERS.intersection(one)) for one in valid),
    )
    if not pairs:
        return
    yield (
        f"Of {len(pairs)} pairs, {wrong} were said to differ "
        f"({rate(wrong, len(pairs))} of the pairs). They are in {wrong_runs} of {len(valid)} runs "
        f"({rate(wrong_runs, len(valid))} of the runs, where at most 5 % are promised)."
    )
    counts = ", ".join(f"{pairs.count(one)} {one}" for one in Verdict if one in pairs)
    asked = sum(one.asked_by_noise is not None for one in answers)
    yield (
        f"Pairs: {counts}. {len(answers) - len(valid)} runs are invalid; {asked} took more blocks, "
        "because their noise asked for them."
    )
    gains = [contrast.gain for one in answers for contrast in one.contrasts]
    widths = [(one.high / one.low) ** 0.5 for one in gains if one and one.low > 0]
    yield f"Half the intervals are narrower than ×/÷{median(widths):.3f}."


def rate(count: int, number: int) -> str:
    """Return a share with its 95 % interval, by Clopper and Pearson (1934)."""
    low = betaincinv(count, number - count + 1, 0.025) if count else 0.0
    high = betaincinv(count + 1, number - count, 0.975) if count < number else 1.0
    share, low, high = (100 * one for one in (count / number, low, high))
    return f"{share:.1f} %, 95 % CI {low:.1f} % to {high:.1f} %"


def say(words: str) -> None:
    """Say what is being done, beside the table."""
    print(words, file=sys.stderr, flush=True)


def main() -> None:
    """Measure, and print the table of all that is on record."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--pairs", type=int, default=PAIRS, help="with an answer; 0 prints what is on record"
    )
    parser.add_argument("--minutes", type=float, default=60, help="after which no run is begun")
    parser.add_argument("--into", type=Path, default=Path("results/equal"))
    options = parser.parse_args()
    go_through(options.pairs, options.minutes, options.into)
    measured = [(app, run) for app in apps() if (run := app.measured(options.into))]
    answers = [(app, judged(run)) for app, run in measured]
    for row in (HEADS, ["---"] * len(HEADS), *(row for pair in answers for row in rows(*pair))):
        print(f"| {' | '.join(row)} |")
    lines = (textwrap.fill(one, 100) for one in summary([found for _, found in answers]))
    print("\n" + "\n\n".join(lines))


if __name__ == "__main__":
    main()
