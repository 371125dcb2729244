"""`bench.py doctor`: what would spoil a measurement here."""

from __future__ import annotations

import click

from harness.cli.options import RESULTS
from harness.experiment.doctor import findings


@click.command("doctor")
def command() -> None:
    """Look for what would spoil a measurement here, and say how to fix it."""
    for finding in findings(RESULTS):
        click.echo(str(finding))
