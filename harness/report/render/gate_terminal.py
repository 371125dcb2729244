"""A gate's contests as plain lines for the console."""

from __future__ import annotations

from harness.judge.gate import ContestResult
from harness.report.gate import SIGNS, because, figures, suspicion


def contest(result: ContestResult) -> str:
    """Return what one contest of a gate gave so far: the verdict, then a line for each metric."""
    says = because(result)
    if result.screened.suspects and result.fresh is None:
        says = f"suspect: {suspicion(result)}, to be measured again under another seed"
    lines = [f"{SIGNS[result.verdict]} {result.contest.title}: {says}"]
    return "\n".join([*lines, *(f"    {figure}" for figure in figures(result))])
