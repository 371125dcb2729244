"""`bench.py compare`: two recorded runs beside each other."""

from __future__ import annotations

from pathlib import Path

import click

from harness.judge import comparison
from harness.report.render import markdown
from harness.store.run import opened


@click.command("compare")
@click.argument("one", type=click.Path(path_type=Path))
@click.argument("other", type=click.Path(path_type=Path))
@click.option(
    "--claims",
    is_flag=True,
    help="Compare the ratios alone, which are comparable between machines.",
)
def command(one: Path, other: Path, *, claims: bool) -> None:
    """Show two recorded runs beside each other, by the metric that decides each scenario.

    Refused, naming the field, where machine, versions, services, budgets or method differ. The
    runs were measured at different times, and what the machine did in between is in the
    difference: `gate` measures side by side.
    """
    records = [opened(folder).record() for folder in (one, other)]
    click.echo(markdown.comparison(comparison.compare(*records, claims=claims)))
