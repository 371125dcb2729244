"""A gate's verdict as Markdown: for a step's summary, or the one comment on a pull request."""

from __future__ import annotations

from collections.abc import Iterator

from harness.judge.gate import ContestResult
from harness.report.gate import SIGNS, Outcome, because, by_time, counted, judged
from harness.report.render.markdown import escaped, table

MARK = "<!-- bench-gate -->"  # by which the one comment on a pull request is found again
HEADS = ("scenario", "variant", "metric", "head costs", "95 % CI", "blocks", "verdict")


def markdown(outcome: Outcome) -> str:
    """Return the verdict, the worst first; before all times what was counted."""
    left_out = (f"- not compared: {escaped(one)}\n" for one in (*outcome.lone, *outcome.skipped))
    void = sum(result.screened.void for result in outcome.results)
    rows = [row for result in outcome.worst_first for row in _rows(result)]
    return f"""{MARK}
### Performance: {outcome.headline}
{"".join(_counts(outcome))}
{escaped(outcome.base)} → {escaped(outcome.head)}, {outcome.took_s / 60:.0f} min.
Slower: fresh blocks, measured under another seed after the first ones made it suspect, find at
least {100 * outcome.margin:.3g} % more.

{table(HEADS, rows)}

{"".join(left_out)}
<details><summary>How to read this, and how to do it again</summary>

*Head costs* is how many percent more of it one request takes; capacity is inverted, so that more
is always worse.
Both sides of a variant were measured side by side, block by block; void blocks: {void}. Where fresh
blocks were measured, the figures are theirs.

```sh
{outcome.command}
```
</details>
"""


def _counts(outcome: Outcome) -> Iterator[str]:
    """Yield what was counted, line by line, with space around; nothing where that is nothing."""
    found = [(result, one) for result in outcome.worst_first for one in result.counts]
    if found:
        yield "\nCounted, request by request, and exact:\n\n"
        for result, one in found:
            yield f"- **{escaped(result.contest.title)}**: {escaped(counted(one))}\n"


def _rows(result: ContestResult) -> Iterator[tuple[str, ...]]:
    """Yield a row for each metric; the verdict stands in the first."""
    name = result.contest.of, result.contest.variant
    said = "; ".join(["counted", *by_time(result)]) if result.counts else because(result)
    verdict = f"{SIGNS[result.verdict]} {said}"
    if not result.screened.changes:
        yield *name, "–", "–", "–", "–", verdict
    for number, one in enumerate(judged(result)):
        figures = one.metric.name, one.percent, one.between, str(one.cost.n)
        yield *name, *figures, "" if number else verdict
