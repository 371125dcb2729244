"""What several commands are told alike."""

from __future__ import annotations

from pathlib import Path

import click

from harness.model.scenario import GROUPS
from harness.project import ROOT

RESULTS = ROOT / "results"
PROFILES = ("smoke", "quick", "standard", "thorough")

names = click.argument("names", nargs=-1, metavar="[SCENARIO]...")
group = click.option(
    "--group",
    "groups",
    type=click.Choice(GROUPS),
    multiple=True,
    help="Every scenario of this group.",
)
profile = click.option(
    "--profile",
    type=click.Choice(PROFILES),
    default="quick",
    show_default=True,
    help="How hard to look: smoke shows that it works.",
)
seed = click.option(
    "--seed", default=0, show_default=True, help="Fixes the order of trials and every arrival."
)
knob = click.option(
    "--knob",
    "knobs",
    multiple=True,
    metavar="NAME=VALUE",
    help="Turn a scenario's knob, such as wait_ms=50. `list` shows them.",
)
results = click.option(
    "--results",
    type=click.Path(path_type=Path, file_okay=False),
    default=RESULTS,
    help="Where runs are kept.  [default: results]",
)
