"""`bench.py plan`: what a run would do."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import click

from harness.cli.options import connections, group, knob, names, over, profile, seed, threads
from harness.cli.scenarios import amounts, asked
from harness.design.design import Design, lines
from harness.design.lengths import in_words
from harness.design.profile import PROFILES
from harness.model.scenario import point_in_words


@click.command("plan")
@names
@group
@profile
@seed
@knob
@over
@connections
@threads
def command(
    names: Sequence[str],
    groups: Sequence[str],
    profile: str,
    seed: int,
    knobs: Sequence[tuple[str, float]],
    over: Sequence[tuple[str, Sequence[float]]],
    connections: int | None,
    threads: int | None,
) -> None:
    """Show what a run would do, in which order, and how long it takes."""
    turned = amounts(connections, threads)
    designs = [Design(one, PROFILES[profile]) for one in asked(names, groups, knobs, turned, over)]
    for _, found in groupby(designs, key=lambda one: one.scenario.home):
        first, *others = found
        click.echo("\n".join(lines(first, seed)))
        if others:
            points = "; ".join(point_in_words(one.scenario.at) for one in others)
            click.echo(f"  the same at {points}")
    if len(designs) > 1:
        whole = in_words(sum(design.seconds for design in designs))
        click.echo(f"{len(designs)} scenarios, about {whole} in all")
