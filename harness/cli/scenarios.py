"""Which scenarios a command is about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import click

from harness.catalogue import catalogue, knobs_of, select, values_of
from harness.cli.main import COMMANDS, IMPLIED
from harness.model.errors import unknown
from harness.model.scenario import Scenario


def amounts(connections: int | None, threads: int | None) -> dict[str, int]:
    """Return the amounts of a budget that are given."""
    given = {"connections": connections, "threads": threads}
    return {name: number for name, number in given.items() if number is not None}


def asked(
    names: Sequence[str],
    groups: Iterable[str],
    knobs: Iterable[tuple[str, float]],
    budget: Mapping[str, int],
    over: Iterable[tuple[str, Sequence[float]]] = (),
) -> list[Scenario]:
    """Return the scenarios that are named, at all their points, with knobs and budget set.

    All are returned where none is named. `over` are values of knobs to ask at.
    Raises BenchError where there is no such scenario, or command where none was written.
    """
    found = catalogue()
    if click.get_current_context().meta.get(IMPLIED) and names and names[0] not in found:
        raise unknown("scenario or command", names[0], [*found, *COMMANDS])
    chosen = select(names, found, groups)
    settings, values = knobs_of(chosen, knobs), values_of(chosen, over)
    turned = (one.with_knobs(settings).asked_over(values).with_budget(budget) for one in chosen)
    return [point for one in turned for point in one.points]
