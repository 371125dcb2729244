"""Plain lines for the console."""

from __future__ import annotations

from harness.report import own_app
from harness.report.document import Section


def answer(section: Section) -> str:
    """Return the question, each sentence said to it, each claim, and what is doubtful."""
    lines = [section.question]
    if section.own:
        lines += [f"  {line}" for line in own_app.lines(section.own)]
    else:
        lines += [f"  {sentence}" for sentence in section.answer]
    lines += [f"  {claim.sign} {claim.verdict}: {claim.says}" for claim in section.claims]
    if asked := section.run.answer.asked_by_noise:
        lines.append(f"  note: noise asked for {asked} blocks")
    lines += [f"  note: {caveat.says}" for caveat in section.caveats]
    lines += [f"  void: {void.says}" for void in section.void]
    return "\n".join(lines)
