"""How numbers are written for readers: three digits, milliseconds, an interval wherever there is one."""

from __future__ import annotations

import math
from collections.abc import Callable

from harness.answer import Voided, times
from harness.measurement import Evidence
from harness.stats import Interval

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
    return write(found.estimate) if math.isinf(found.low) else f"{write(found.estimate)} [{between(found, write)}]"


def gain(found: Interval) -> str:
    """Write how many times better, with its interval."""
    return f"{times(found.estimate)} [{times(found.low)} to {times(found.high)}]"


def void(one: Voided) -> str:
    """Write which block was measured in vain, and why."""
    again = f", attempt {one.attempt + 1}" if one.attempt else ""
    return f"block {one.block}{again}: {', '.join(why.says for why in one.why)}"


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
