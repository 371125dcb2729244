"""`bench.py plan`: what a run would do."""

from __future__ import annotations

from collections.abc import Sequence

import click

from harness.cli.options import connections, group, knob, names, profile, seed, threads
from harness.cli.scenarios import amounts, asked
from harness.design.design import Design, lines
from harness.design.profile import PROFILES


@click.command("plan")
@names
@group
@profile
@seed
@knob
@connections
@threads
def command(
    names: Sequence[str],
    groups: Sequence[str],
    profile: str,
    seed: int,
    knobs: Sequence[tuple[str, float]],
    connections: int | None,
    threads: int | None,
) -> None:
    """Show what a run would do, in which order, and how long it takes."""
    for one in asked(names, groups, knobs, amounts(connections, threads)):
        click.echo("\n".join(lines(Design(one, PROFILES[profile]), seed)))
