"""Plain lines for the console."""

from __future__ import annotations

from harness.judge.gate import ContestResult
from harness.report.document import Section
from harness.report.gate import SIGNS, because, in_words


def answer(section: Section) -> str:
    """Return the question, each sentence said to it, each claim, and what is doubtful."""
    lines = [section.question]
    lines += [f"  {sentence}" for sentence in section.answer]
    lines += [f"  {claim.sign} {claim.verdict}: {claim.says}" for claim in section.claims]
    lines += [f"  note: {caveat.says}" for caveat in section.caveats]
    lines += [f"  void: {void.says}" for void in section.void]
    return "\n".join(lines)


def contest(result: ContestResult) -> str:
    """Return what one contest of a gate gave so far: the verdict, then a line for each metric."""
    suspects = result.first.suspects
    says = because(result)
    if suspects and result.second is None:
        slower = " and its ".join(suspects)
        says = f"suspect: slower by its {slower}, to be measured again under another seed"
    lines = [f"{SIGNS[result.verdict]} {result.contest.title}: {says}"]
    for which, run in (("", result.first), ("again, ", result.second)):
        lines += [f"    {which}{in_words(change)}" for change in (run.changes if run else ())]
    return "\n".join(lines)
