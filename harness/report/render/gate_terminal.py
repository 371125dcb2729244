"""A gate's contests as plain lines for the console."""

from __future__ import annotations

from harness.judge.gate import ContestResult
from harness.report.gate import SIGNS, because, figures


def contest(result: ContestResult) -> str:
    """Return what one contest of a gate gave: the verdict, then a line for each metric."""
    first = f"{SIGNS[result.verdict]} {result.contest.title}: {because(result)}"
    return "\n".join([first, *(f"    {figure}" for figure in figures(result))])
