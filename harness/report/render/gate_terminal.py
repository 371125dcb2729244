"""A gate's contests as plain lines for the console."""

from __future__ import annotations

from harness.judge.gate import ContestResult
from harness.report.gate import SIGNS, because, in_words


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
