"""What a gate says: a line for each contest while it is held, then the verdict, in words and as the Markdown that a pull request shows."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console

from harness.design.plan import Trial
from harness.judge.caveats import stand_in
from harness.judge.gate import Change, Result, Ruled, Ruling, Verdict
from harness.model.facts import Measurement
from harness.report import wording

MARK = "<!-- bench-gate -->"  # by which the one comment on a pull request is found again
SIGNS = {Verdict.REGRESSION: "✗", Verdict.UNCLEAR: "?", Verdict.INVALID: "–", Verdict.PASSED: "✓"}
COUNTED = {
    Verdict.REGRESSION: "slower",
    Verdict.UNCLEAR: "unclear",
    Verdict.INVALID: "invalid",
    Verdict.PASSED: "no slower",
}
HEADS = ("scenario", "variant", "metric", "head costs", "95 % CI", "verdict")


@dataclass(frozen=True, slots=True)
class Outcome:
    """All that a gate found: the sides in words, the margin, what each contest gave, what was left out and why, how to do it again."""

    base: str
    head: str
    margin: float
    results: Sequence[Result]
    lone: Sequence[str]
    skipped: Sequence[str]
    command: str
    took_s: float


def follow(
    events: Iterable[Trial | Measurement | Result], ends: float, console: Console
) -> list[Result]:
    """Print what is measured and what comes of it; the last word on each contest is what counts."""
    found: dict[str, Result] = {}
    for event in events:
        if isinstance(event, Result):
            found[event.contest.name] = event
            console.print(f"\n{told(event)}\n")
        elif isinstance(event, Measurement):
            trial = event.trial
            where = f"{trial.scenario} · {f'block {trial.block}' if trial.block else 'pilot'} · {trial.variant}"
            left = max(0.0, ends - time.monotonic()) / 60
            said = (
                f"void: {', '.join(event.void)}"
                if event.void
                else f"{event.closed.goodput:,.0f}/s, {event.closed.cpu_per_request_s * 1e6:,.0f} µs of CPU"
            )
            console.print(f"{where}: {said} · at most {left:.0f} min left")
    return list(found.values())


def told(result: Result) -> str:
    """Write what one contest gave as lines."""
    suspect = bool(result.first.suspects) and result.second is None
    said = (
        f"suspect: slower by its {' and its '.join(result.first.suspects)}, to be asked again under another seed"
        if suspect
        else because(result)
    )
    lines = [f"{SIGNS[result.verdict]} {title(result)}: {said}"]
    for which, run in (("", result.first), ("again, ", result.second)):
        lines += [
            f"    {which}{change.metric.name}: head costs {percent(change)} ({between(change)}), {change.ruling}"
            for change in (run.changes if run else ())
        ]
    return "\n".join(lines)


def title(result: Result) -> str:
    """Name a contest as people do."""
    return f"{result.contest.folder}/{variant(result)}"


def variant(result: Result) -> str:
    """Name the variant that was compared with itself."""
    return result.contest.name.removeprefix(f"{result.contest.folder}-")


def because(result: Result) -> str:
    """Say in a sentence what came of it, and why."""
    return f"{_why(result)}{stand_in(result.first.caveats)}"


def _why(result: Result) -> str:
    if result.first.invalid:
        return f"{'failed' if result.first.broken else 'no answer'}, {result.first.invalid}"
    if result.confirmed:
        return f"slower by its {' and its '.join(result.confirmed)}, and a second run under another seed says so too"
    if result.first.suspects:
        why = (
            "there was no time for the second run"
            if result.second is None
            else _second(result.second)
        )
        return f"not confirmed: slower by its {' and its '.join(result.first.suspects)}, but {why}"
    unsure = [change for change in result.first.changes if change.ruling is Ruling.UNCLEAR]
    told = " and ".join(
        f"{100 * (change.tells - 1):.1f} % of {change.metric.name}" for change in unsure
    )
    if result.verdict is Verdict.PASSED:
        return (
            f"no slower by its capacity; {told} would be told four times in five"
            if unsure
            else "no slower"
        )
    return f"unclear: in this time, only {told} are told four times in five"


def _second(second: Ruled) -> str:
    return (
        f"the second run has no answer: {second.invalid}"
        if second.invalid
        else "the second run does not say so"
    )


def percent(change: Change) -> str:
    """Write how much more head costs."""
    return _percent(change.cost.estimate)


def between(change: Change) -> str:
    """Write the interval of that."""
    return f"{_percent(change.cost.low)[:-2]} … {_percent(change.cost.high)}"


def _percent(cost: float) -> str:
    return f"{100 * (cost - 1):+.1f} %".replace("inf", "∞")


def headline(outcome: Outcome) -> str:
    """Count the verdicts."""
    verdicts = [result.verdict for result in outcome.results]
    return ", ".join(
        f"{verdicts.count(verdict)} {COUNTED[verdict]}"
        for verdict in Verdict
        if verdict in verdicts
    )


def markdown(outcome: Outcome) -> str:
    """Write the verdict for a step's summary, or for the one comment on a pull request."""
    blocks = sorted(
        {change.cost.n for result in outcome.results for change in result.first.changes}
    )
    left_out = "".join(f"- not compared: {one}\n" for one in (*outcome.lone, *outcome.skipped))
    void = sum(result.first.voided for result in outcome.results)
    return f"""{MARK}
### Performance: {headline(outcome)}

{outcome.base} → {outcome.head}, {outcome.took_s / 60:.0f} min.
Slower is what costs more by over {100 * outcome.margin:.3g} %, with an interval that excludes 0, in two runs.

{wording.table(HEADS, list(rows(outcome.results)))}

{left_out}
<details><summary>How to read this, and how to do it again</summary>

*Head costs* is how many percent more of it one request takes; capacity is turned round, so that more is always worse.
Both sides of a variant were measured side by side, in {" or ".join(map(str, blocks)) or "no"} blocks; void blocks: {void}.

```sh
{outcome.command}
```
</details>
"""


def rows(results: Sequence[Result]) -> Iterator[tuple[str, ...]]:
    """Give a row for each metric of each contest, what is worst first."""
    for result in sorted(results, key=lambda one: list(Verdict).index(one.verdict)):
        said = f"{SIGNS[result.verdict]} {because(result)}"
        if result.first.invalid:
            yield result.contest.folder, variant(result), "–", "–", "–", said
        for number, change in enumerate(result.first.changes):
            yield (
                result.contest.folder,
                variant(result),
                change.metric.name,
                percent(change),
                between(change),
                "" if number else said,
            )
