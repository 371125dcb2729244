"""How durations, shares and knobs are written on the command line.

Each raises BenchError, which names the option, where a value is not written so.
"""

from __future__ import annotations

import math
import re

import click

from harness.model.errors import BenchError

SECONDS = {"ms": 0.001, "s": 1, "": 1, "m": 60, "h": 3600}
LARGEST_SHARE = 0.25  # a gate that overlooks more is of no use


class Duration(click.ParamType[float]):
    """A length of time: 12ms, 90s, 10m, 1h. Converts to seconds. None at all only with `zero`."""

    name = "duration"

    def __init__(self, *, zero: bool = False) -> None:
        self._zero = zero

    def convert(
        self, value: str | float, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return seconds."""
        del ctx
        found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(ms|[smh]?)", str(value).strip())
        seconds = float(found[1]) * SECONDS[found[2]] if found else -1.0
        if seconds < 0 or (seconds == 0 and not self._zero):
            hint = "write it like 12ms, 90s, 10m or 1h"
            raise BenchError(f"{_option(param)}{value!r} is no length of time", hint=hint)
        return seconds


class Share(click.ParamType[float]):
    """A share up to a quarter: 3% or 0.03."""

    name = "share"

    def convert(
        self, value: str | float, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return it as a fraction of 1."""
        del ctx
        found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(%?)", str(value).strip())
        share = float(found[1]) / (100 if found[2] else 1) if found else 0.0
        if not 0 < share <= LARGEST_SHARE:
            hint = f"give more than 0 % and at most {LARGEST_SHARE:.0%}, written like 3%"
            raise BenchError(f"{_option(param)}{value!r} is no share", hint=hint)
        return share


class Knob(click.ParamType[tuple[str, float]]):
    """The setting of a knob: wait_ms=50."""

    name = "knob"

    def convert(
        self,
        value: str | tuple[str, float],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> tuple[str, float]:
        """Return the knob's name and a finite number from 0 up."""
        del ctx
        if isinstance(value, tuple):
            return value
        name, _, text = value.partition("=")
        if (number := _number(text)) is None:
            hint = f"give it a number from 0 up: {name}=20"
            raise BenchError(f"{_option(param)}{value!r} sets no knob", hint=hint)
        return name, number


class Values(click.ParamType[tuple[str, tuple[float, ...]]]):
    """Several values of a knob: wait_ms=1,10,100."""

    name = "values"

    def convert(
        self,
        value: str | tuple[str, tuple[float, ...]],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> tuple[str, tuple[float, ...]]:
        """Return the knob's name and its values in rising order, finite numbers from 0 up."""
        del ctx
        if isinstance(value, tuple):
            return value
        name, _, text = value.partition("=")
        found = [number for one in text.split(",") if (number := _number(one)) is not None]
        if len(found) < text.count(",") + 1:
            hint = f"give it numbers from 0 up, with commas between them: {name}=1,10,100"
            raise BenchError(f"{_option(param)}{value!r} gives a knob no values", hint=hint)
        return name, tuple(sorted(set(found)))


def _number(text: str) -> float | None:
    """Return a finite number from 0 up; None where the text is none."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if 0 <= number < math.inf else None


def _option(param: click.Parameter | None) -> str:
    return f"{param.opts[0]} " if param else ""
