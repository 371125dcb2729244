"""`bench.py claim`: what stands behind a number of page or deck."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import click

from harness.cli.options import RESULTS
from harness.model.errors import BenchError
from harness.model.record import Record
from harness.project import ROOT
from harness.report import comparisons
from harness.report.claims import Number, command_of, find, numbers
from harness.report.conditions import began, processor
from harness.report.document import document
from harness.store.run import newest, opened
from harness.system.git import Repo

CHANGED = "-dirty"  # what git writes behind a commit of which files were changed
HEAD = 10  # letters of the names in front of what is said


@click.command("claim")
@click.argument("wanted", required=False, metavar="[ID]")
@click.argument("folder", required=False, type=click.Path(path_type=Path), metavar="[RUN]")
def command(wanted: str | None, folder: Path | None) -> None:
    """Show what stands behind a number of page or deck: blocks, interval, machine, commit, command.

    The ID of a ratio is scenario.subject/over, that of a level scenario.variant. Without one all
    ids of the run are listed. RUN is the folder of a run, else it is the newest; the published one
    is results/reference.

    \b
      bench.py claim
      bench.py claim results/reference
      bench.py claim postgres_read.awaiting/blocking results/reference
    """  # noqa: D301  click keeps the lines after a backspace as they are
    if wanted and folder is None and Path(wanted).is_dir():
        folder, wanted = Path(wanted), None
    run = opened(folder) if folder else newest(RESULTS)
    found = document(run.record())
    said = _behind(find(found, wanted)) if wanted else _list(numbers(found))
    click.echo("\n".join(said))


def _list(found: Sequence[Number]) -> Iterator[str]:
    """Yield each id with its number."""
    width = max((len(one.id) for one in found), default=0)
    for one in found:
        interval = f"  [{one.interval}]" if one.interval else ""
        yield f"{one.id:{width}}  {one.text}{interval}"


def _behind(found: Number) -> Iterator[str]:
    """Yield what stands behind a number."""
    run, metric = found.run, found.run.primary
    interval = f", 95 % interval {found.interval}" if found.interval else ", without interval"
    yield f"{found.id}: {found.text}{interval}"
    yield found.says
    yield ""
    yield f"{'metric':<{HEAD}}{run.label(metric)}; {metric.better} is better"
    yield f"{'verdict':<{HEAD}}{found.verdict}"
    for name in found.variants:
        yield f"{name}: {run.scenario.variant(name).does}"
    yield from _blocks(found)
    yield ""
    yield from _origin(run.record)
    void = [comparisons.of_void(run, one) for one in run.answer.void]
    yield from _listed("void", void or ["no block"])
    yield from _listed("doubts", [one.says for one in run.answer.caveats] or ["none known"])
    yield from _listed("repeat", _repeat(found))


def _blocks(found: Number) -> Iterator[str]:
    """Yield a table of the blocks."""
    if not found.rows:
        return
    unit = found.run.primary.unit.name
    heads = ["block", *(f"{name}, {unit}" for name in found.variants)]
    heads += ["times as good"] if len(found.variants) > 1 else []
    rows = [(row.block, *row.levels, *([row.ratio] if row.ratio else [])) for row in found.rows]
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    yield ""
    for row in (heads, *rows):
        yield "  ".join(f"{cell:>{width}}" for cell, width in zip(row, widths, strict=True))


def _origin(record: Record) -> Iterator[str]:
    """Yield which run it is of, when and where that was measured, and by which code."""
    asked = record.asked
    about = f"{record.name}, profile {asked.profile} on {asked.on}, seed {asked.seed}"
    facts = {
        "run": f"{about}, method {record.method}",
        "date": began(record) or "not on record",
        "machine": processor(record) or "not on record",
        "commit": _commit(asked.commit),
    }
    for name, fact in facts.items():
        yield f"{name:<{HEAD}}{fact}"


def _commit(commit: str) -> str:
    committed = ""
    with suppress(BenchError):  # there is no git
        committed = Repo(ROOT).committed_at(commit)
    when = f", of {committed}" if committed else ""
    changed = ", with changes that were not committed" if commit.endswith(CHANGED) else ""
    return f"{commit or 'unknown'}{when}{changed}"


def _repeat(found: Number) -> list[str]:
    """Return the commands that measure it again."""
    record, known = found.run.record, found.run.record.asked.commit.removesuffix(CHANGED)
    checkout = [f"git checkout {known}"] if known not in {"", "unknown"} else []
    return [*checkout, command_of(record, found.run.scenario)]


def _listed(name: str, said: Sequence[str]) -> Iterator[str]:
    """Yield several things below each other, with a name before the first."""
    for number, one in enumerate(said):
        yield f"{'' if number else name:<{HEAD}}{one}"
