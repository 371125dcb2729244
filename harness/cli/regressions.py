"""The commands that say whether something became slower: of two states, of two runs, over many commits."""

from __future__ import annotations

import os
import shlex
import sys
import time
from pathlib import Path

import click

from harness.cli.options import RESULTS, group, names, results, seed
from harness.model.errors import BenchError


@click.command()
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
    help="Compare the same tree on another version of what it stands on; python==3.13 as well.",
)
@click.option(
    "--budget",
    default="10m",
    show_default=True,
    help="How long it may take, all set-up included: 90s, 10m, 1h.",
)
@click.option(
    "--margin",
    help="What is not worth a red job. One that is less than can be told here is refused.  [default: 3%, never refused]",
)
@click.option("--strict", is_flag=True, help="Let nothing unclear pass: exit code 4.")
@seed
@results
def gate(
    names: tuple[str, ...],
    groups: tuple[str, ...],
    base: str | None,
    head: str | None,
    packages: tuple[str, ...],
    budget: str,
    margin: str | None,
    *,
    strict: bool,
    seed: int,
    results: Path,
) -> None:
    """Say whether a change made anything slower: head against base, side by side, each variant with itself.

    Both sides are put up in a temporary folder, each on its own lock; what measures and loads is this checkout's. A variant is slower if its capacity or its
    CPU per request is worse by more than the margin, the interval excludes 1, and a second run under another seed says so too.

    \b
    Exit codes
      0  nothing is slower, as far as that could be told
      1  a confirmed regression
      2  something is wrong with what was asked
      3  nothing valid could be measured, or an app failed, or bench.py itself did
      4  something is unclear (only with --strict)
    """  # noqa: D301  click keeps the lines after a backspace as they are
    from rich.console import Console  # noqa: PLC0415  `list` and `--help` answer at once because this waits

    from harness.experiment import gate as staging  # noqa: PLC0415  the same
    from harness.judge import gate as gating  # noqa: PLC0415  the same
    from harness.report.render import exports  # noqa: PLC0415  the same
    from harness.report.render import gate as saying  # noqa: PLC0415  the same

    began = time.monotonic()
    console = Console(highlight=False, markup=False, soft_wrap=True)
    terms = staging.Terms(
        base,
        head,
        packages,
        names,
        groups,
        gating.share_of(margin) if margin else gating.MARGIN,
        gating.seconds_of(budget),
        seed,
        refusing=bool(margin),
    )
    try:
        with staging.start(terms, results, lambda doing: console.print(f"… {doing}")) as begun:
            console.print(
                f"{begun.base} → {begun.head}: {len(begun.contests)} variants, into {begun.run.folder}"
            )
            skipped = [f"{one.what}: {one.why} ({one.remedy})" for one in begun.skipped]
            for one in (*begun.lone, *skipped):
                console.print(f"Not compared: {one}")
            found = saying.follow(begun.hold(), begun.ends, console)
    except KeyboardInterrupt:
        click.echo("\nInterrupted; both sides are gone, and what was measured is kept.", err=True)
        raise SystemExit(130) from None
    command = shlex.join(["bench.py", *sys.argv[1:]])
    outcome = saying.Outcome(
        begun.base,
        begun.head,
        terms.margin,
        found,
        begun.lone,
        skipped,
        command,
        time.monotonic() - began,
    )
    written = exports.write(outcome, begun.run.folder / "report")
    if summary := os.environ.get("GITHUB_STEP_SUMMARY"):
        with Path(summary).open("a", encoding="utf-8") as file:
            file.write(written.read_text(encoding="utf-8"))
    click.echo(f"{saying.headline(outcome)}\n→ {written}")
    raise SystemExit(gating.exit_code(found, strict=strict))


@click.command()
@click.argument("one", type=click.Path(path_type=Path))
@click.argument("other", type=click.Path(path_type=Path))
@click.option(
    "--claims", is_flag=True, help="Compare the ratios alone, which travel between machines."
)
def compare(one: Path, other: Path, *, claims: bool) -> None:
    """Set two recorded runs beside each other, by the metric that decides each scenario.

    Refused, naming the field, where machine, versions, services, budgets or method differ. The runs were made at two times, and what the machine did in
    between is in the difference: `gate` measures side by side.
    """
    from harness.judge.comparison import compare as comparing  # noqa: PLC0415  `list` and `--help` answer at once because this waits
    from harness.report.render.comparison import table as beside  # noqa: PLC0415  the same
    from harness.store.records import opened  # noqa: PLC0415  the same

    click.echo(beside(comparing(opened(one), opened(other), claims=claims)))


@click.command()
@click.argument("runs", nargs=-1, type=click.Path(path_type=Path), metavar="[RUN]...")
@click.option(
    "--file",
    type=click.Path(path_type=Path, dir_okay=False),
    default=RESULTS / "history.jsonl",
    help="Where it is kept.  [default: results/history.jsonl]",
)
@click.option("--csv", is_flag=True, help="Only print it, as the CSV that Apache Otava reads.")
def history(runs: tuple[Path, ...], file: Path, *, csv: bool) -> None:
    """Keep the ratios of RUNs, a line each, and say where they changed from commit to commit.

    Each is a ratio to the reference variant that was measured in the same job, never milliseconds. The exit code is 1 where one of the newest 20 points
    changed to the worse.
    """
    from harness.judge import history as keeping  # noqa: PLC0415  `list` and `--help` answer at once because this waits
    from harness.store.records import opened  # noqa: PLC0415  the same
    from harness.system.machine import committed_at  # noqa: PLC0415  the same

    added = [opened(run) for run in runs]
    keeping.append(file, [keeping.point(run, committed_at(run.asked.commit)) for run in added])
    points = keeping.read(file)
    if not points:
        raise BenchError(
            f"there is no history in {file} yet",
            hint="add a run to it: bench.py history results/reference",
        )
    if csv:
        click.echo(keeping.csv(points), nl=False)
        return
    from harness.report.charts.history import draw as drawing  # noqa: PLC0415  the same

    alarms = list(keeping.alarms(points))
    for name, point, change in alarms:
        click.echo(
            f"✗ {name} changed by {change.share:+.1%} at {point.commit} ({point.at}): from {change.before:.3g}× to {change.after:.3g}×"
        )
    click.echo(
        f"{len(points)} run{'s' * (len(points) != 1)}, {len(alarms)} changed to the worse lately\n→ {drawing(points, file.with_suffix(''))}"
    )
    raise SystemExit(1 if alarms else 0)
