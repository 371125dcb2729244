"""`bench.py gate`: whether a change made anything slower."""

from __future__ import annotations

import os
import shlex
import sys
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import NoReturn

import click
from rich.console import Console

from harness.cli import console
from harness.cli.errors import KEPT, explained
from harness.cli.options import group, names, results, seed
from harness.cli.parameters import Duration, Share
from harness.design.lengths import in_words
from harness.experiment import gate
from harness.experiment.events import TrialEnded
from harness.experiment.gate import Gate, Terms
from harness.judge.gate import ContestResult, exit_code
from harness.judge.screening import MARGIN
from harness.report import wording
from harness.report.gate import Outcome, suspicion
from harness.report.render import gate_terminal


@click.command("gate")
@names
@group
@click.option(
    "--base",
    metavar="REF",
    help="Compare with where the head left this commit or branch, such as origin/main.",
)
@click.option(
    "--head", metavar="REF", help="Compare this commit.  [default: the checkout as it stands]"
)
@click.option(
    "--with",
    "packages",
    multiple=True,
    metavar="PACKAGE==VERSION",
    help="Compare the same files with another version of a package; python==3.13 as well.",
)
@click.option(
    "--base-with",
    "base_packages",
    multiple=True,
    metavar="PACKAGE==VERSION",
    help="The same for the base: is what stands here slower than under that version?",
)
@click.option(
    "--budget",
    type=Duration(),
    default="10m",
    show_default=True,
    help="How long it may take, all set-up included: 90s, 10m, 1h.",
)
@click.option(
    "--margin",
    type=Share(),
    help="The smallest slowdown that turns the job red.  [default: 3%]",
)
@click.option("--strict", is_flag=True, help="Let nothing unclear pass: exit code 4.")
@seed
@results
def command(
    names: Sequence[str],
    groups: Sequence[str],
    base: str | None,
    head: str | None,
    packages: Sequence[str],
    base_packages: Sequence[str],
    budget: float,
    margin: float | None,
    *,
    strict: bool,
    seed: int,
    results: Path,
) -> None:
    """Say whether a change made anything slower: head against base, each variant with itself.

    Both sides are set up in a temporary folder, each with the packages of its own lock; what
    measures and loads is this checkout's. Without names, the variants whose files differ are
    compared, or else 24 of all. Each is looked at in a few blocks. One that may be slower by its
    capacity or its CPU per request is measured again, and is slower if those fresh blocks, under
    another seed, show that it costs more, and by more than the margin.

    \b
    Exit codes
      0  nothing is slower, as far as that could be detected
      1  a confirmed regression
      2  something is wrong with what was asked
      3  nothing valid could be measured, or an app failed, or bench.py itself did
      4  something is unclear (only with --strict)
    """  # noqa: D301  click keeps the lines after a backspace as they are
    terms = Terms(
        base=base,
        head=head,
        packages=tuple(packages),
        base_packages=tuple(base_packages),
        names=tuple(names),
        groups=tuple(groups),
        margin=margin or MARGIN,
        seconds=budget,
        seed=seed,
    )
    lines = console.plain()
    started = gate.start(terms, results, lambda doing: lines.print(f"… {doing}"))
    carry_out(started, terms.margin, lines, strict=strict)


def carry_out(
    started: AbstractContextManager[Gate],
    margin: float,
    lines: Console,
    *,
    strict: bool,
    as_json: bool = False,
) -> NoReturn:
    """Put a gate up, print what it finds, and end with its exit code."""
    began = time.monotonic()
    with started as begun:
        try:
            with explained(begun.run.folder, f"{KEPT}."):
                outcome, written = _measure(begun, margin, began, lines)
        except KeyboardInterrupt:
            kept = f"{KEPT} in {begun.run.folder}."
            click.echo(f"\nInterrupted. {kept} Nothing of either side is left.", err=True)
            raise SystemExit(130) from None
    if summary := os.environ.get("GITHUB_STEP_SUMMARY"):
        with Path(summary).open("a", encoding="utf-8") as file:
            file.write(written.read_text(encoding="utf-8"))
    lines.print(f"{outcome.headline}\n→ {written}")
    if as_json:
        click.echo(written.with_suffix(".json").read_text(encoding="utf-8"))
    raise SystemExit(exit_code(outcome.results, strict=strict))


def _measure(begun: Gate, margin: float, began: float, lines: Console) -> tuple[Outcome, Path]:
    """Measure, and write what was found; return it, and the path of the Markdown."""
    from harness.report.render import exports  # noqa: PLC0415  matplotlib delays every start

    skipped = [f"{one.what}: {one.why} ({one.remedy})" for one in begun.skipped]
    found = _follow(begun, [*begun.lone, *skipped], lines)
    outcome = Outcome(
        begun.base,
        begun.head,
        margin,
        found,
        begun.lone,
        skipped,
        shlex.join(["bench.py", *sys.argv[1:]]),
        time.monotonic() - began,
    )
    written = exports.write(outcome, begun.run.folder / "report")
    begun.run.finish()
    return outcome, written


def _follow(begun: Gate, left_out: Sequence[str], lines: Console) -> list[ContestResult]:
    """Print what is measured and what comes of it; the last word on each contest counts."""
    count = len(begun.contests)
    lines.print(f"{begun.base} → {begun.head}: {count} variants, into {begun.run.folder}")
    for one in left_out:
        lines.print(f"Not compared: {one}")
    found: dict[str, ContestResult] = {}
    for event in begun.events():
        match event:
            case ContestResult():
                lines.print(said_of(event, last=event.contest.name in found))
                found[event.contest.name] = event
            case TrialEnded():
                left = in_words(max(0.0, begun.ends - time.monotonic()))
                lines.print(f"{line_of(event)} · at most {left} left")
            case _:
                if words := console.other(event):
                    lines.print(words)
    return list(found.values())


def said_of(result: ContestResult, *, last: bool = False) -> str:
    """Return what is known of a contest: of a suspect that it is measured again, unless `last`."""
    if result.screened.suspects and not last:
        return (
            f"? {result.contest.title}: {suspicion(result)} in the first blocks; "
            "if there is time, it is measured again under another seed"
        )
    return gate_terminal.contest(result)


def line_of(event: TrialEnded) -> str:
    """Return what was just measured of one side, or why it is void."""
    title, measurement = event.design.scenario.title, event.measurement
    place = console.where(event.trial, title)
    if event.void:
        return f"{place}: void: {', '.join(reason.says for reason in event.void)}"
    if (closed := measurement.closed) is None:
        alone = measurement.probe and f"{wording.ms(measurement.probe.median_s)} alone"
        return f"{place}: {alone or 'seen'}"
    cpu_us = 1e6 * closed.cpu_per_request_s
    return f"{place}: {closed.goodput:,.0f} requests/s, {cpu_us:,.0f} µs of CPU per request"
