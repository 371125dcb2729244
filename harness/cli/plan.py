"""`bench.py plan`: what a run would do."""

from __future__ import annotations

from collections.abc import Sequence

import click

from harness.cli.options import group, knob, names, profile, seed
from harness.cli.scenarios import asked
from harness.design.design import Design, lines
from harness.design.profile import PROFILES


@click.command("plan")
@names
@group
@profile
@seed
@knob
def command(
    names: Sequence[str],
    groups: Sequence[str],
    profile: str,
    seed: int,
    knobs: Sequence[tuple[str, float]],
) -> None:
    """Show what a run would do, in which order, and how long it takes."""
    for one in asked(names, groups, knobs):
        click.echo("\n".join(lines(Design(one, PROFILES[profile]), seed)))
