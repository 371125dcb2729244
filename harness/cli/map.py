"""`bench.py map`: what blocking, threads and awaiting would serve, by theory."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import click

from harness.cli.parameters import Duration
from harness.model.queueing import Load, Way, ways
from harness.report import wording
from harness.report.language import say

ALIKE = 1.05  # below that a difference is too small to be called one


@click.command("map")
@click.option(
    "--wait",
    "wait_s",
    type=Duration(zero=True),
    required=True,
    metavar="TIME",
    help="How long a request waits for others, such as 12ms.",
)
@click.option(
    "--cpu",
    "cpu_s",
    type=Duration(),
    default="0.5ms",
    show_default=True,
    metavar="TIME",
    help="How long it computes, whichever way it waits; FastAPI alone takes some tenths of a ms.",
)
@click.option(
    "--rate",
    type=click.FloatRange(0, min_open=True),
    required=True,
    help="Requests per second that are asked.",
)
@click.option(
    "--threads",
    "tokens",
    type=click.IntRange(1),
    default=40,
    show_default=True,
    help="Tokens of the thread pool.",
)
@click.option(
    "--connections",
    type=click.IntRange(1),
    help="Connections to what is waited for.  [default: as many as are wanted]",
)
def command(wait_s: float, cpu_s: float, rate: float, tokens: int, connections: int | None) -> None:
    """Predict what blocking, threads and awaiting would serve, and how long a request would take.

    Nothing is measured: the numbers follow from the wait, the CPU time and the formulas that are
    printed. For one process with one interpreter.

    \b
      bench.py map --wait 12ms --rate 300
      bench.py map --wait 2ms --cpu 0.4ms --rate 900 --threads 40 --connections 20
    """  # noqa: D301  click keeps the lines after a backspace as they are
    load = Load(rate=rate, wait_s=wait_s, cpu_s=cpu_s)
    click.echo("\n".join(lines(load, ways(load, tokens, connections))))


def lines(load: Load, found: Sequence[Way]) -> Iterator[str]:
    """Yield what is predicted: the question, a line for each way, and what would change it."""
    wait, cpu = wording.ms(load.wait_s), wording.ms(load.cpu_s)
    yield say("map.calc.head", rate=wording.rate(load.rate), wait=wait, cpu=cpu)
    for one in found:
        capacity, fate = wording.rate(one.capacity), _fate(one, load)
        most = say("map.calc.way", capacity=capacity, formula=one.formula, fate=fate)
        yield f"  {one.name:<9} {most}"
    yield f"  {_advice(found)}"


def _fate(one: Way, load: Load) -> str:
    if math.isinf(one.response_s):
        return say("map.calc.behind", times=wording.times(load.rate / one.capacity))
    return say("map.calc.follows", time=wording.ms(one.response_s))


def _advice(found: Sequence[Way]) -> str:
    """Say which way is enough, and what would change that."""
    enough = [one for one in found if not math.isinf(one.response_s)]
    if not enough:
        most = max(found, key=lambda one: one.capacity)
        return say("map.calc.none", name=most.name, formula=most.formula, less=_lighter(most))
    best = min(enough, key=lambda one: one.response_s)
    simple = next(one for one in enough if one.response_s <= ALIKE * best.response_s)
    beyond = [one for one in found if one.capacity > ALIKE * simple.capacity]
    until = wording.rate(simple.capacity)
    if not beyond:
        return say("map.calc.most", name=simple.name, capacity=until)
    more = min(beyond, key=lambda one: one.capacity)
    return say("map.calc.beyond", name=simple.name, capacity=until, more=more.name)


def _lighter(one: Way) -> str:
    if "connections" in one.formula:
        return say("map.calc.connections")
    return say("map.calc.cpu" if one.formula == "1 / CPU" else "map.calc.threads")
