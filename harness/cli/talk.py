"""`bench.py talk`: make the slides of a recorded run."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli import options
from harness.cli.errors import explained
from harness.report.deck import deck
from harness.report.language import ENGLISH
from harness.store.run import newest, opened


@click.command("talk")
@click.argument("folder", metavar="[RUN]", required=False, type=click.Path(path_type=Path))
@options.language
@click.option(
    "--into",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The HTML file to write. Else it is beside the page of the run.",
)
def command(folder: Path | None, language: str, into: Path | None) -> None:
    """Make slides for a talk of fifteen minutes: one HTML file that needs no network.

    They are of the newest run, unless the folder of another is given. A slide is left out, and
    named, where the run has nothing on record for it. In the browser S opens the notes, D
    switches between light and dark, and ?print-pdf behind the address is for printing.
    """
    run = opened(folder) if folder else newest(options.RESULTS)
    made = deck(run.record(), language)
    suffix = "" if language == ENGLISH else f".{language}"
    into = into or run.folder / "report" / f"talk{suffix}.html"
    with explained(into):
        into.parent.mkdir(parents=True, exist_ok=True)
        into.write_text(made.html, encoding="utf-8")
    for slide in made.left_out:
        wanted = f": nothing on record for it of {', '.join(slide.about)}" if slide.about else ""
        click.echo(f"left out the slide {slide.name}{wanted}")
    click.echo(f"{len(made.slides)} slides → {into}")
