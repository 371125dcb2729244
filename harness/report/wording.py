"""How numbers are written for readers: three digits, milliseconds, an interval wherever there is one."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from harness.judge.answer import Voided, times
from harness.judge.statistics import Interval
from harness.model.facts import Evidence
from harness.model.scenario import Budget, Claim, Metric

Rows = list[tuple[str, ...]]  # of a table

WHERE = {"loop": "on the loop", "thread": "in a thread", "process": "in another process"}
LONGEST = 48  # letters of a line of code


def number(value: float) -> str:
    """Write three digits, and no more zeros than that takes."""
    if math.isinf(value):
        return "∞"
    if value == 0:
        return "0"
    return f"{value:,.{max(0, 2 - math.floor(math.log10(abs(value))))}f}"


def ms(seconds: float) -> str:
    """Write seconds as milliseconds; an infinite one never came."""
    return "never" if math.isinf(seconds) else f"{number(1000 * seconds)} ms"


def micro(seconds: float) -> str:
    """Write a difference of times in microseconds, without the unit."""
    return f"{1e6 * seconds:z,.1f}"


def unit(metric: Metric) -> str:
    """Name the unit a metric is written in: CPU and the time alone in microseconds, other times in milliseconds."""
    if metric.unit != "s":
        return metric.unit
    return "µs" if metric.name.startswith("CPU") or metric.name == "time alone" else "ms"


def scale(metric: Metric) -> float:
    """Give what a value is multiplied by to be written in that unit."""
    return {"µs": 1e6, "ms": 1e3}.get(unit(metric), 1.0)


def amount(value: float, metric: Metric) -> str:
    """Write a value of a metric without its unit; an infinite one never came."""
    if math.isinf(value):
        return "none failed" if metric.name == "requests until failure" else "never"
    return number(scale(metric) * value)


def quantity(value: float, metric: Metric) -> str:
    """Write a value of a metric with its unit, if there is one to write."""
    return amount(value, metric) if math.isinf(value) else f"{amount(value, metric)} {unit(metric)}"


def percent(share: float) -> str:
    """Write a share in percent."""
    return f"{number(100 * share)} %"


def between(found: Interval, write: Callable[[float], str] = number) -> str:
    """Write the bounds of an interval, or say that there is none."""
    return f"{write(found.low)} to {write(found.high)}" if found.bounded else "no interval"


def whole(found: Interval | None, write: Callable[[float], str] = number) -> str:
    """Write an estimate with its interval; n/a where there is none to write."""
    if found is None:
        return "n/a"
    return (
        write(found.estimate)
        if math.isinf(found.low)
        else f"{write(found.estimate)} [{between(found, write)}]"
    )


def gain(found: Interval) -> str:
    """Write how many times better, with its interval; of a collapse in every block there is nothing to count."""
    if math.isinf(found.low) or found.high == 0:
        return f"infinitely {'better' if found.high else 'worse'} in every block"
    return f"{times(found.estimate)} [{times(found.low)} to {times(found.high)}]"


def expected(claim: Claim) -> str:
    """Go on from a claim to what was expected before it was measured, where that turned out false."""
    return f" (expected beforehand: {claim.expected})" if claim.expected else ""


def budget(one: Budget) -> str:
    """Write what a variant may use."""
    return f"workers {one.workers}, threads {one.threads}, connections {one.connections}"


def void(one: Voided) -> str:
    """Write which block was measured in vain, and why."""
    again = f", attempt {one.attempt + 1}" if one.attempt else ""
    return f"block {one.block}{again}: {', '.join(why.says for why in one.why)}"


def table(heads: Sequence[str], rows: Sequence[tuple[str, ...]]) -> str:
    """Write a Markdown table; nothing where there are no rows."""
    if not rows:
        return ""
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"
        for row in (heads, ["---"] * len(heads), *rows)
    )


def evidence(found: Evidence | None) -> str:
    """Write what was seen of a handler: where it ran, and what held the loop."""
    if found is None:
        return "not looked at"
    ran = f"ran {WHERE[found.ran_on]}" + (f" ({found.what})" if found.what else "")
    if not found.held:
        return f"{ran}; no line of it held the loop"
    code = found.code or ""
    shown = code if len(code) <= LONGEST else f"{code[:LONGEST]}…"
    return f"{ran}; the loop stood still {percent(found.stood_still)} of the time, in {found.line}, {shown}"
