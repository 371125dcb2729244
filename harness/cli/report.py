"""`bench.py report`: draw a recorded run again."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli import options
from harness.cli.errors import explained
from harness.report import draw
from harness.report.document import document
from harness.report.language import speaking
from harness.report.render.markdown import overview
from harness.store.run import newest, opened


@click.command("report")
@click.argument("folder", required=False, type=click.Path(path_type=Path))
@click.option(
    "--all",
    "everything",
    is_flag=True,
    help="Draw every chart as SVG and PNG beside the page, and write the numbers as CSV.",
)
@options.language
@click.option("--markdown", is_flag=True, help="Only print the answers, as in docs/answers.md.")
def command(folder: Path | None, language: str, *, everything: bool, markdown: bool) -> None:
    """Draw the report of a run again, from its records alone.

    That is the newest run, unless the FOLDER of another is given.
    """
    run = opened(folder) if folder else newest(options.RESULTS)
    if run.cut:
        click.echo(
            f"Left out the last line of {run.measured}, which was cut off by a kill", err=True
        )
    if markdown:
        with speaking(language):
            click.echo(overview(document(run.record())))
        return
    with explained(run.folder / "report"):
        click.echo(f"→ {draw.draw(run, everything=everything, language=language)}")
