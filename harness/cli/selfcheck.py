"""`bench.py selfcheck`: whether the instrument is sound on this machine."""

from __future__ import annotations

import click

from harness.cli.options import RESULTS
from harness.experiment.selfcheck import selfcheck
from harness.experiment.soundness import Finding, Grade, Step, overall


@click.command("selfcheck")
def command() -> None:
    """Measure what is known beforehand: whether the instrument is sound on this machine.

    \b
    The ceiling          how fast the load generator is at best
    The clock            its times against those of a server that knows them
    The stall            a server stands still for a second: the p99 must say so
    Other generators     wrk and k6, where they are installed, against the same app
    A/A                  a variant against itself must not be said to differ
    The smallest effect  what would be detected, and in how many minutes

    It takes about five minutes. Nothing is kept. The exit code is 0 if all is sound, and 1 if not.
    """  # noqa: D301  click keeps the lines after a backspace as they are
    found: list[Finding] = []
    for event in selfcheck(RESULTS):
        if isinstance(event, Step):
            click.echo(f"… {event.says}", err=True)
        else:
            found.append(event)
            click.echo(str(event))
    click.echo(overall(found))
    raise SystemExit(any(one.grade is Grade.UNSOUND for one in found))
