"""Plain lines for the console."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from harness.report import wording
from harness.report.document import Document, Section
from harness.report.family import Family, parts
from harness.report.render import own_app_terminal


def answer(section: Section) -> str:
    """Return the question, each sentence said to it, each claim, and what is doubtful."""
    at = f"{wording.title(section.scenario)}: " if section.scenario.at else ""
    lines = [f"{at}{section.question}"]
    if section.own:
        lines += [f"  {line}" for line in own_app_terminal.lines(section.own)]
    else:
        lines += [f"  {sentence}" for sentence in section.answer]
    lines += [f"  {claim.sign} {claim.verdict}: {claim.says}" for claim in section.claims]
    if asked := section.run.answer.asked_by_noise:
        lines.append(f"  note: noise asked for {asked} blocks")
    lines += [f"  note: {caveat.says}" for caveat in section.caveats]
    lines += [f"  void: {void.says}" for void in section.void]
    return "\n".join(lines)


def answers(found: Document) -> Iterator[str]:
    """Yield the answers of a run, one of several points once."""
    for part in parts(found):
        yield _family(part) if isinstance(part, Family) else answer(part)


def _family(family: Family) -> str:
    """Return the question, the answer at each point, every comparison, and what is doubtful."""
    lines = [f"{family.name}: {family.question}"]
    lines += [f"  {point}: {said}" for point, said in family.in_short]
    lines += [f"  {one.name}: {family.does(one.name)}" for one in family.variants]
    lines += [f"  {line}" for line in _aligned(family)]
    lines += [f"  {one.sign} {one.verdict} at {point}: {one.says}" for point, one in family.claims]
    lines += [f"  {kind}: {remark.says}" for kind, remark in family.notes]
    return "\n".join(lines)


def _aligned(family: Family) -> Iterator[str]:
    """Yield the lines of a table of all comparisons; what is compared is its first line."""
    baseline, metric = family.variants[0].name, wording.name_of(family.metric)
    yield f"{metric}, times as good as {baseline}:"
    columns = [["", *family.points]]
    for (subject, over), cells in family.ratios.items():
        other = "" if over == baseline else f" against {over}"
        columns.append([f"{subject}{other}", *(str(replace(one, remark="")) for one in cells)])
    widths = [max(map(len, column)) for column in columns]
    for row in zip(*columns, strict=True):
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
