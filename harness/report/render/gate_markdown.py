"""A gate's verdict as Markdown: for a step's summary, or the one comment on a pull request."""

from __future__ import annotations

from collections.abc import Iterator

from harness.judge.gate import ContestResult
from harness.report.gate import SIGNS, Outcome, because, between, percent
from harness.report.render.markdown import escaped, table

MARK = "<!-- bench-gate -->"  # by which the one comment on a pull request is found again
HEADS = ("scenario", "variant", "metric", "head costs", "95 % CI", "verdict")


def markdown(outcome: Outcome) -> str:
    """Return the verdict, the worst first."""
    counts = sorted({change.cost.n for _, change in outcome.changes})
    blocks = " or ".join(map(str, counts)) or "no"
    left_out = (f"- not compared: {escaped(one)}\n" for one in (*outcome.lone, *outcome.skipped))
    void = sum(result.first.void for result in outcome.results)
    rows = [row for result in outcome.worst_first for row in _rows(result)]
    return f"""{MARK}
### Performance: {outcome.headline}

{escaped(outcome.base)} → {escaped(outcome.head)}, {outcome.took_s / 60:.0f} min.
Slower: costs over {100 * outcome.margin:.3g} % more, in two runs, by an interval that excludes 0.

{table(HEADS, rows)}

{"".join(left_out)}
<details><summary>How to read this, and how to do it again</summary>

*Head costs* is how many percent more of it one request takes; capacity is inverted, so that more
is always worse.
Both sides of a variant were measured side by side, in {blocks} blocks; void blocks: {void}.

```sh
{outcome.command}
```
</details>
"""


def _rows(result: ContestResult) -> Iterator[tuple[str, ...]]:
    """Yield a row for each metric; the verdict stands in the first."""
    name = result.contest.of, result.contest.variant
    verdict = f"{SIGNS[result.verdict]} {because(result)}"
    if result.first.invalid:
        yield *name, "–", "–", "–", verdict
    for number, change in enumerate(result.first.changes):
        figures = change.metric.name, percent(change), between(change)
        yield *name, *figures, "" if number else verdict
