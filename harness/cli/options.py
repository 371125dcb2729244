"""Arguments and options that several commands share."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.parameters import Knob, Values
from harness.model.scenario import GROUPS
from harness.project import ROOT
from harness.report.language import ENGLISH, LANGUAGES

RESULTS = ROOT / "results"
PROFILES = ("smoke", "quick", "standard", "thorough")  # a test compares them with the design's

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
    help="How long to measure: smoke only shows that everything works.",
)
language = click.option(
    "--lang",
    "language",
    type=click.Choice(LANGUAGES),
    default=ENGLISH,
    show_default=True,
    help="The language of what is written.",
)
seed = click.option(
    "--seed", default=0, show_default=True, help="Fixes the order of trials and every arrival."
)
knob = click.option(
    "--knob",
    "knobs",
    type=Knob(),
    multiple=True,
    metavar="NAME=VALUE",
    help="Set a scenario's knob, such as wait_ms=50; `list` shows them.",
)
over = click.option(
    "--over",
    type=Values(),
    multiple=True,
    metavar="NAME=VALUE,VALUE…",
    help="Ask at several values of a knob, or of clients, such as wait_ms=1,10,100.",
)
connections = click.option(
    "--connections",
    type=click.IntRange(1),
    metavar="NUMBER",
    help="Let every variant open this many connections to its services.",
)
threads = click.option(
    "--threads",
    type=click.IntRange(1),
    metavar="NUMBER",
    help="Give every variant this many tokens of the thread pool.",
)
results = click.option(
    "--results",
    type=click.Path(path_type=Path, file_okay=False),
    default=RESULTS,
    help="Where runs are kept.  [default: results]",
)
