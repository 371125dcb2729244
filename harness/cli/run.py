"""`bench.py run`, and what bench.py does where no command is named."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.cli import console
from harness.cli.errors import RESUMES, explained
from harness.cli.options import (
    PROFILES,
    RESULTS,
    connections,
    group,
    knob,
    names,
    over,
    profile,
    results,
    seed,
    threads,
)
from harness.cli.scenarios import amounts, asked
from harness.experiment import session
from harness.experiment.session import Order, Session
from harness.judge.answer import Answer
from harness.judge.caveats import VoidReason
from harness.judge.interval import Verdict
from harness.load.driver import SINGLE, LoadTopology
from harness.store.run import Run
from harness.system.ports import HOST

if TYPE_CHECKING:
    from harness.report.draw import LivePage

PORT = click.IntRange(0, 65_535)


@click.command("run")
@names
@group
@profile
@click.option(
    "--on",
    type=click.Choice(["auto", "docker", "host", "simulated"]),
    default="auto",
    show_default=True,
    help="Where apps and services run: in containers where a Docker engine of this machine "
    "answers, else as processes. Simulated measures nothing.",
)
@seed
@knob
@over
@connections
@threads
@results
@click.option(
    "--port",
    type=PORT,
    default=0,
    metavar="PORT",
    help="Serve the apps on this port.  [default: any that is free]",
)
@click.option(
    "--monitor-port",
    type=PORT,
    default=0,
    metavar="PORT",
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
    default=HOST,
    show_default=True,
    help="The address of this machine on which the Locust master accepts workers.",
)
@click.option(
    "--bind-port",
    type=PORT,
    default=SINGLE.port,
    show_default=True,
    metavar="PORT",
    help="The port on which the Locust master accepts workers.",
)
def command(
    names: Sequence[str],
    groups: Sequence[str],
    profile: str,
    on: str,
    seed: int,
    knobs: Sequence[tuple[str, float]],
    over: Sequence[tuple[str, Sequence[float]]],
    connections: int | None,
    threads: int | None,
    results: Path,
    port: int,
    monitor_port: int,
    workers: int,
    join: int,
    bind: str,
    bind_port: int,
) -> None:
    """Measure, judge, draw. Interrupt at will: the same command resumes.

    Services are started for you; POSTGRES_URL and the like take yours instead, by the names in
    docs/places.md. What cannot be measured here is skipped, and named with its remedy.
    """
    turned = amounts(connections, threads)
    scenarios = asked(names, groups, knobs, turned, over)
    order = Order(
        scenarios=scenarios,
        profile=profile,
        on=on,
        seed=seed,
        results=results,
        port=port,
        monitor_port=monitor_port,
        topology=LoadTopology(workers, join, bind, bind_port),
    )
    # What the next command has to repeat, so that it asks the same question.
    repeated = [word for name, value in knobs for word in ("--knob", f"{name}={value:g}")]
    repeated += [
        word
        for name, values in over
        for word in ("--over", f"{name}={','.join(f'{one:g}' for one in values)}")
    ]
    repeated += [word for name, number in turned.items() for word in (f"--{name}", str(number))]
    if on != "auto":
        repeated += ["--on", on]
    if results != RESULTS:
        repeated += ["--results", str(results)]
    with session.start(order) as begun:
        _measure(begun, lambda found: next_step(found, profile, repeated))


def _measure(begun: Session, advice: console.Advice) -> None:
    """Measure all that is missing, draw it, and only then mark the run as complete."""
    with resumable(begun.run):
        console.follow(begun, advice, drawing(begun.run))
        _report(begun)
        begun.finish()


@contextmanager
def resumable(run: Run) -> Iterator[None]:
    """Say what is kept where the context is interrupted, or the operating system refuses it."""
    try:
        with explained(run.folder, RESUMES):
            yield
    except KeyboardInterrupt:
        kept = f"What was measured is in {run.folder}; the same command resumes."
        click.echo(f"\nInterrupted. {'Nothing was measured yet.' if run.empty else kept}", err=True)
        raise SystemExit(130) from None


def drawing(run: Run) -> console.Draw:
    """Return what draws the page anew, with what is known of one scenario."""

    @cache
    def page() -> LivePage:
        from harness.report.draw import LivePage  # noqa: PLC0415  matplotlib delays every start

        return LivePage(run)

    return lambda name: page().add(name)


def _report(begun: Session) -> None:
    """Repeat the answers where there are several, and draw them."""
    from harness.report import draw  # noqa: PLC0415  matplotlib delays every start
    from harness.report.document import document  # noqa: PLC0415  the same
    from harness.report.render import terminal  # noqa: PLC0415  the same

    if len(begun.designs) > 1:
        answers = terminal.answers(document(begun.run.record()))
        click.echo("\n\n".join(["The answers", *answers, ""]))
    click.echo(f"→ {draw.draw(begun.run)}")


def next_step(found: Answer, profile: str, repeated: Sequence[str] = ()) -> str | None:
    """Return what to do where there is no answer; None where there is one.

    `repeated` are the words of this command that the next one needs as well.
    """
    if found.invalid:
        reasons = Counter(reason for one in found.void for reason in one.why).most_common(1)
        remedies = [reason.remedy for reason, _ in reasons] or [VoidReason.NOT_STEADY.remedy]
        return "; ".join([*remedies, "bench.py doctor shows what disturbs measurements here"])
    open_ = {Verdict.UNCLEAR, Verdict.INVALID}
    if not any(contrast.verdict in open_ for contrast in found.contrasts):
        return None
    harder = PROFILES[PROFILES.index(profile) + 1 :][:1]
    if not harder:
        return "measure on a quieter machine; bench.py doctor shows what disturbs this one"
    return shlex.join(["bench.py", found.scenario.home, "--profile", *harder, *repeated])
