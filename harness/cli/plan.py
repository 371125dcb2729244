"""`bench.py plan`: what a run would do."""

from __future__ import annotations

from collections.abc import Sequence

import click

from harness.cli.options import connections, group, knob, names, profile, seed, threads
from harness.cli.scenarios import amounts, asked
from harness.design.design import Design, lines
from harness.design.lengths import in_words
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
    turned = amounts(connections, threads)
    designs = [Design(one, PROFILES[profile]) for one in asked(names, groups, knobs, turned)]
    for design in designs:
        click.echo("\n".join(lines(design, seed)))
    if len(designs) > 1:
        whole = in_words(sum(design.seconds for design in designs))
        click.echo(f"{len(designs)} scenarios, about {whole} in all")
