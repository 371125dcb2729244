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

import signal
import traceback
from pathlib import Path
from typing import NoReturn

import click

from harness.cli.options import RESULTS, group, knob, names, profile, results, seed
from harness.cli.regressions import compare, gate, history
from harness.catalogue import catalogue, knobs_of, lines, select, table
from harness.model.errors import BenchError


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
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except Exception:  # noqa: BLE001  exit code 1 says that something became slower, and this must not
            traceback.print_exc()
            click.echo(
                "This is a fault of bench.py itself. Report it with the lines above, please.",
                err=True,
            )
            raise SystemExit(3) from None


@click.group(cls=RunByDefault, help=__doc__)
def bench() -> None:
    """Hold the commands together."""
    signal.signal(signal.SIGTERM, _interrupted)


for command in (gate, compare, history):
    bench.add_command(command)


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
@click.option(
    "--monitor-port",
    default=0,
    help="Serve Prometheus metrics from inside each app on this port.  [default: any that is free]",
)
@click.option(
    "--workers",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="Share the load among this many Locust workers here.",
)
@click.option(
    "--join",
    type=click.IntRange(0),
    default=0,
    help="Wait for this many more workers on other machines; the command for them is printed.",
)
@click.option(
    "--bind",
    default="127.0.0.1",
    show_default=True,
    help="The address of this machine at which they find us.",
)
@click.option(
    "--target",
    metavar="URL",
    help="Measure an app that somebody else started, by one scenario's workload.",
)
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
    from harness.cli import progress  # noqa: PLC0415  `list` and `--help` answer at once because this waits
    from harness.experiment import session  # noqa: PLC0415  the same
    from harness.load.locust import Crowd  # noqa: PLC0415  the same
    from harness.report.draw import draw  # noqa: PLC0415  the same

    chosen = select(names, catalogue(), groups)
    if target and len(chosen) != 1:
        raise BenchError(
            "--target needs one scenario, whose workload it meets",
            hint=f"name one: bench.py {chosen[0].name} --target {target}",
        )
    turned = knobs_of(chosen, knobs)
    crowd = Crowd(workers, join, bind)
    scenarios = [one.turned(turned) for one in chosen]
    with session.start(
        scenarios,
        profile=profile,
        on=on,
        seed=seed,
        results=results,
        port=port,
        monitor_port=monitor_port,
        target=target,
        crowd=crowd,
    ) as begun:
        try:
            progress.follow(begun)
        except KeyboardInterrupt:
            click.echo(
                f"\nInterrupted. What was measured is in {begun.run.folder}; the same command resumes.",
                err=True,
            )
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
    from harness.design import plan as planning  # noqa: PLC0415  `list` and `--help` answer at once because this waits

    for one in select(names, catalogue(), groups):
        click.echo("\n".join(planning.lines(one, planning.PROFILES[profile], seed)))


@bench.command()
@click.argument("folder", required=False, type=click.Path(path_type=Path))
@click.option("--markdown", is_flag=True, help="Only print the answers, as the table in README.md.")
def report(folder: Path | None, *, markdown: bool) -> None:
    """Draw the report of a run again, from its records alone: the newest run, unless a FOLDER is given."""
    from harness.report.draw import draw  # noqa: PLC0415  the same
    from harness.report.reading import read  # noqa: PLC0415  the same
    from harness.report.render.summary import overview  # noqa: PLC0415  the same
    from harness.store.records import newest, opened  # noqa: PLC0415  `list` and `--help` answer at once because this waits

    run_ = opened(folder) if folder else newest(RESULTS)
    click.echo(overview(read(run_)) if markdown else f"→ {draw(run_)}")


@bench.command()
def doctor() -> None:
    """Look for what would spoil a measurement here, and say how to mend it."""
    from harness.experiment.doctor import findings  # noqa: PLC0415  `list` and `--help` answer at once because this waits

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
    """  # noqa: D301  click keeps the lines after a backspace as they are
    from harness.experiment import selfcheck as checking  # noqa: PLC0415  `list` and `--help` answer at once because this waits

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
