"""`bench.py list`: the questions that can be asked."""

from __future__ import annotations

import click

from harness.catalogue import catalogue, lines, table


@click.command("list")
@click.option("--markdown", is_flag=True, help="As the table in docs/scenarios.md.")
def command(*, markdown: bool) -> None:
    """Show every scenario: its question, its variants, its knobs."""
    found = catalogue().values()
    click.echo(table(found) if markdown else "\n".join(lines(found)))
