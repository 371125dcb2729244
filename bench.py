#!/usr/bin/env python3
"""Settle when async pays off in FastAPI, and what a blocking call really costs.

\b
  bench.py                                 run everything, draw the charts
  bench.py postgres_read --profile smoke   see in a minute that it works
  bench.py list                            the questions that can be asked
  bench.py plan http_call                  what would be done, and how long it takes
  bench.py report                          draw the last run again
  bench.py gate --base main                is this checkout slower than where it left main?
  bench.py compare RUN RUN                 two recorded runs beside each other
  bench.py history RUN                     each ratio from commit to commit
  bench.py doctor                          what would spoil a measurement here
  bench.py selfcheck                       what the instrument is worth here

Every answer is a ratio of two variants measured side by side, block by block, with its interval. Where the
evidence does not carry one, the answer is that there is none.
"""  # noqa: D301  click keeps the lines after a backspace as they are

from __future__ import annotations

import os
import shlex
import signal
import sys
import time
from pathlib import Path
from typing import NoReturn

import click

from harness.catalogue import catalogue, knobs_of, lines, select, table
from harness.errors import BenchError
from harness.scenario import GROUPS, ROOT

RESULTS = ROOT / "results"
PROFILES = ("smoke", "quick", "standard", "thorough")


class Refusal(click.ClickException):
    """A mistake that its maker can mend: what, where, what to do, and exit code 2."""

    exit_code = 2


class RunByDefault(click.Group):
    """`bench.py` and `bench.py NAME...` mean `bench.py run ...`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `run` in front, unless a command is named."""
        if not args or args[0] not in {*self.commands, "--help"}:
            args = ["run", *args]
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> object:
        """Turn our errors into words."""
        try:
            return super().invoke(ctx)
        except BenchError as error:
            raise Refusal(f"{error}\nHint: {error.hint}") from error


names = click.argument("names", nargs=-1, metavar="[SCENARIO]...")
group = click.option("--group", "groups", type=click.Choice(GROUPS), multiple=True, help="Every scenario of this group.")
profile = click.option("--profile", type=click.Choice(PROFILES), default="quick", show_default=True, help="How hard to look: smoke shows that it works.")
seed = click.option("--seed", default=0, show_default=True, help="Fixes the order of trials and every arrival.")
knob = click.option("--knob", "knobs", multiple=True, metavar="NAME=VALUE", help="Turn a scenario's knob, such as wait_ms=50. `list` shows them.")
results = click.option("--results", type=click.Path(path_type=Path, file_okay=False), default=RESULTS, help="Where runs are kept.  [default: results]")


@click.group(cls=RunByDefault, help=__doc__)
def bench() -> None:
    """Hold the commands together."""
    signal.signal(signal.SIGTERM, _interrupted)


@bench.command()
@names
@group
@profile
@click.option(
    "--on",
    type=click.Choice(["auto", "docker", "host", "simulated"]),
    default="auto",
    show_default=True,
    help="Where apps and services run: in containers where a Docker engine answers, else as processes. Simulated measures nothing.",
)
@seed
@knob
@results
@click.option("--port", default=0, help="Serve the apps on this port.  [default: any that is free]")
@click.option("--monitor-port", default=0, help="Serve Prometheus metrics from inside each app on this port.  [default: any that is free]")
@click.option("--workers", type=click.IntRange(1), default=1, show_default=True, help="Share the load among this many Locust workers here.")
@click.option("--join", type=click.IntRange(0), default=0, help="Wait for this many more workers on other machines; the command for them is printed.")
@click.option("--bind", default="127.0.0.1", show_default=True, help="The address of this machine at which they find us.")
@click.option("--target", metavar="URL", help="Measure an app that somebody else started, by one scenario's workload.")
def run(
    names: tuple[str, ...],
    groups: tuple[str, ...],
    profile: str,
    on: str,
    seed: int,
    knobs: tuple[str, ...],
    results: Path,
    port: int,
    monitor_port: int,
    workers: int,
    join: int,
    bind: str,
    target: str | None,
) -> None:
    """Plan, measure, report. Interrupt at will: the same command resumes.

    Services are started for you; POSTGRES_URL, UPSTREAM_URL, REDIS_URL, MONGO_URL and NGINX_URL take yours instead.
    What cannot be had is skipped, and named with its remedy.
    """
    from harness.report import progress  # noqa: PLC0415  `list` and `--help` answer at once because this waits
    from harness.report.draw import draw  # noqa: PLC0415  the same
    from harness.stage import session  # noqa: PLC0415  the same
    from harness.stage.load import Crowd  # noqa: PLC0415  the same

    chosen = select(names, catalogue(), groups)
    if target and len(chosen) != 1:
        raise BenchError("--target needs one scenario, whose workload it meets", hint=f"name one: bench.py {chosen[0].name} --target {target}")
    turned = knobs_of(chosen, knobs)
    crowd = Crowd(workers, join, bind)
    scenarios = [one.turned(turned) for one in chosen]
    with session.start(
        scenarios, profile=profile, on=on, seed=seed, results=results, port=port, monitor_port=monitor_port, target=target, crowd=crowd
    ) as begun:
        try:
            progress.follow(begun)
        except KeyboardInterrupt:
            click.echo(f"\nInterrupted. What was measured is in {begun.run.folder}; the same command resumes.", err=True)
            raise SystemExit(130) from None
    if len(chosen) > 1:
        click.echo(f"The answers\n\n{progress.answers(begun.run)}\n")
    click.echo(f"→ {draw(begun.run)}")


@bench.command("list")
@click.option("--markdown", is_flag=True, help="As the table in docs/scenarios.md.")
def list_(*, markdown: bool) -> None:
    """Show every scenario: its question, its variants, its knobs."""
    found = catalogue().values()
    click.echo(table(found) if markdown else "\n".join(lines(found)))


@bench.command()
@names
@group
@profile
@seed
def plan(names: tuple[str, ...], groups: tuple[str, ...], profile: str, seed: int) -> None:
    """Show what a run would do, in which order, and how long it takes."""
    from harness import plan as planning  # noqa: PLC0415  `list` and `--help` answer at once because this waits

    for one in select(names, catalogue(), groups):
        click.echo("\n".join(planning.lines(one, planning.PROFILES[profile], seed)))


@bench.command()
@click.argument("folder", required=False, type=click.Path(path_type=Path))
@click.option("--markdown", is_flag=True, help="Only print the answers, as the table in README.md.")
def report(folder: Path | None, *, markdown: bool) -> None:
    """Draw the report of a run again, from its records alone: the newest run, unless a FOLDER is given."""
    from harness.records import Run, newest  # noqa: PLC0415  `list` and `--help` answer at once because this waits
    from harness.report.draw import draw  # noqa: PLC0415  the same
    from harness.report.reading import read  # noqa: PLC0415  the same
    from harness.report.summary import overview  # noqa: PLC0415  the same

    run_ = Run(folder) if folder else newest(RESULTS)
    click.echo(overview(read(run_)) if markdown else f"→ {draw(run_)}")


@bench.command()
@names
@group
@click.option("--base", metavar="REF", help="Compare with where the head left this commit or branch, such as origin/main.")
@click.option("--head", metavar="REF", help="Compare this commit.  [default: the checkout as it stands]")
@click.option(
    "--with", "packages", multiple=True, metavar="PACKAGE==VERSION", help="Compare the same tree on another version of what it stands on; python==3.13 as well."
)
@click.option("--budget", default="10m", show_default=True, help="How long it may take, all set-up included: 90s, 10m, 1h.")
@click.option("--margin", help="What is not worth a red job. One that is less than can be told here is refused.  [default: 3%, never refused]")
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
      3  nothing valid could be measured, or an app failed
      4  something is unclear (only with --strict)
    """  # noqa: D301  the same
    from rich.console import Console  # noqa: PLC0415  `list` and `--help` answer at once because this waits

    from harness import gate as gating  # noqa: PLC0415  the same
    from harness.report import exports  # noqa: PLC0415  the same
    from harness.report import gate as saying  # noqa: PLC0415  the same
    from harness.stage import gate as staging  # noqa: PLC0415  the same

    began = time.monotonic()
    console = Console(highlight=False, soft_wrap=True)
    terms = staging.Terms(base, head, packages, names, groups, gating.share_of(margin or "3%"), gating.seconds_of(budget), seed, refusing=bool(margin))
    try:
        with staging.start(terms, results, lambda doing: console.print(f"… {doing}")) as begun:
            console.print(f"{begun.base} → {begun.head}: {len(begun.contests)} variants, into {begun.run.folder}")
            skipped = [f"{one.what}: {one.why} ({one.remedy})" for one in begun.skipped]
            for one in (*begun.lone, *skipped):
                console.print(f"Not compared: {one}")
            found = saying.follow(begun.hold(), begun.ends, console)
    except KeyboardInterrupt:
        click.echo("\nInterrupted; both sides are gone, and what was measured is kept.", err=True)
        raise SystemExit(130) from None
    command = shlex.join(["bench.py", *sys.argv[1:]])
    outcome = saying.Outcome(begun.base, begun.head, terms.margin, found, begun.lone, skipped, command, time.monotonic() - began)
    written = exports.write(outcome, begun.run.folder / "report")
    if summary := os.environ.get("GITHUB_STEP_SUMMARY"):
        with Path(summary).open("a", encoding="utf-8") as file:
            file.write(written.read_text(encoding="utf-8"))
    click.echo(f"{saying.headline(outcome)}\n→ {written}")
    raise SystemExit(gating.exit_code(found, strict=strict))


@bench.command()
@click.argument("one", type=click.Path(path_type=Path))
@click.argument("other", type=click.Path(path_type=Path))
@click.option("--claims", is_flag=True, help="Compare the ratios alone, which travel between machines.")
def compare(one: Path, other: Path, *, claims: bool) -> None:
    """Set two recorded runs beside each other, by the metric that decides each scenario.

    Refused, naming the field, where machine, versions, services, budgets or method differ. The runs were made at two times, and what the machine did in
    between is in the difference: `gate` measures side by side.
    """
    from harness.comparison import compare as comparing  # noqa: PLC0415  `list` and `--help` answer at once because this waits
    from harness.records import Run  # noqa: PLC0415  the same
    from harness.report.comparison import table as beside  # noqa: PLC0415  the same

    click.echo(beside(list(comparing(Run(one), Run(other), claims=claims))))


@bench.command()
@click.argument("runs", nargs=-1, type=click.Path(path_type=Path), metavar="[RUN]...")
@click.option(
    "--file", type=click.Path(path_type=Path, dir_okay=False), default=RESULTS / "history.jsonl", help="Where it is kept.  [default: results/history.jsonl]"
)
@click.option("--csv", is_flag=True, help="Only print it, as the CSV that Apache Otava reads.")
def history(runs: tuple[Path, ...], file: Path, *, csv: bool) -> None:
    """Keep the ratios of RUNs, a line each, and say where they changed from commit to commit.

    Each is a ratio to the reference variant that was measured in the same job, never milliseconds. The exit code is 1 where one of the newest 20 points
    changed to the worse.
    """
    from harness import history as keeping  # noqa: PLC0415  `list` and `--help` answer at once because this waits
    from harness.records import Run  # noqa: PLC0415  the same
    from harness.stage.machine import committed_at  # noqa: PLC0415  the same

    added = [Run(run) for run in runs]
    keeping.append(file, [keeping.point(run, committed_at(run.asked.commit)) for run in added])
    points = keeping.read(file)
    if not points:
        raise BenchError(f"there is no history in {file} yet", hint="add a run to it: bench.py history results/reference")
    if csv:
        click.echo(keeping.csv(points), nl=False)
        return
    from harness.report.history import draw as drawing  # noqa: PLC0415  the same

    alarms = list(keeping.alarms(points))
    for name, point, change in alarms:
        click.echo(f"✗ {name} changed by {change.share:+.1%} at {point.commit} ({point.at}): from {change.before:.3g}× to {change.after:.3g}×")
    click.echo(f"{len(points)} runs, {len(alarms)} changed to the worse lately\n→ {drawing(points, file.with_suffix(''))}")
    raise SystemExit(1 if alarms else 0)


@bench.command()
def doctor() -> None:
    """Look for what would spoil a measurement here, and say how to mend it."""
    from harness.stage.doctor import findings  # noqa: PLC0415  `list` and `--help` answer at once because this waits

    for finding in findings(RESULTS):
        click.echo(finding)


@bench.command()
def selfcheck() -> None:
    """Measure what is known beforehand, in about four minutes: whether the instrument is sound on this machine.

    \b
    The ceiling          how fast the load generator is at best
    The clock            its times against those of a server that knows them
    The stall            a server stands still for a second: the p99 must say so
    A/A                  a variant against itself must not be said to differ
    The smallest effect  what would be found, and in how many minutes

    Nothing is kept. The exit code is 0 if all is sound, and 1 if not.
    """  # noqa: D301  the same
    from harness.stage import selfcheck as checking  # noqa: PLC0415  `list` and `--help` answer at once because this waits

    found = []
    try:
        for event in checking.selfcheck(RESULTS):
            if isinstance(event, str):
                click.echo(f"… {event}", err=True)
            else:
                found.append(event)
                click.echo(f"{'✓' if event.sound else '✗'} {event.says}")
    except KeyboardInterrupt:
        click.echo("\nInterrupted, and nothing is left behind.", err=True)
        raise SystemExit(130) from None
    click.echo(checking.overall(found))
    raise SystemExit(0 if all(one.sound for one in found) else 1)


def _interrupted(*_: object) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    bench()
