"""`bench.py history`: each ratio from commit to commit."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from harness.cli.errors import explained
from harness.cli.options import RESULTS
from harness.judge import history as judge
from harness.model.errors import BenchError
from harness.report.charts.history import draw
from harness.store import history as store
from harness.store.run import opened
from harness.system.machine import committed_at, order_of


@click.command("history")
@click.argument("runs", nargs=-1, type=click.Path(path_type=Path), metavar="[RUN]...")
@click.option(
    "--file",
    type=click.Path(path_type=Path, dir_okay=False),
    default=RESULTS / "history.jsonl",
    help="Where it is kept.  [default: results/history.jsonl]",
)
@click.option("--csv", is_flag=True, help="Only print it, as the CSV that Apache Otava reads.")
def command(runs: Sequence[Path], file: Path, *, csv: bool) -> None:
    """Keep the ratios of RUNS, a line each, and say where they changed from commit to commit.

    Each is a ratio to the baseline that was measured in the same job, never milliseconds. Points
    stand in the order of their commits, as git has it. The exit code is 1 where one of the newest
    20 points changed to the worse.
    """
    records = [opened(run).record() for run in runs]
    store.append(file, [judge.point(one, committed_at(one.asked.commit)) for one in records])
    kept = store.read(file)
    points = judge.ordered(kept, order_of({one.commit for one in kept}))
    if not points:
        hint = "add a run to it: bench.py history results/reference"
        raise BenchError(f"there is no history in {file} yet", hint=hint)
    if csv:
        click.echo(judge.csv(points), nl=False)
        return
    alarms = list(judge.alarms(points))
    for name, point, change in alarms:
        click.echo(
            f"✗ {name} changed by {change.share:+.1%} at {point.commit} ({point.at}): "
            f"from {change.before:.3g}× to {change.after:.3g}×"
        )
    count = f"{len(points)} run{'s' * (len(points) != 1)}"
    with explained(file.parent):
        drawn = draw(points, file.with_suffix(""))
    click.echo(f"{count}, {len(alarms)} changed to the worse lately\n→ {drawn}")
    raise SystemExit(1 if alarms else 0)
