"""What of the scenarios that are asked can be measured here, and why the rest cannot."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from harness import servers
from harness.model.errors import BenchError, Unavailable
from harness.model.record import Skipped
from harness.model.scenario import Scenario, Variant
from harness.system import interpreters

Lacking = Callable[[str], Unavailable | None]  # given a service
Unserved = Callable[[Variant], Unavailable | None]
FRAMEWORK = "fastapi"  # which every variant imports
USUAL = "uvicorn"
PAIR = 2


def fitting(
    scenarios: Sequence[Scenario], lacking: Lacking, unserved: Unserved = lambda _: None
) -> tuple[Sequence[Scenario], tuple[Skipped, ...]]:
    """Leave out what needs a service, a server or an interpreter that is not here, and say why.

    A scenario is left out too of which only one variant would be left. Raises Unavailable where
    nothing is left.
    """
    needs = dict.fromkeys(need for one in scenarios for need in one.requires)
    why = {need: error for need in needs if (error := lacking(need))}
    left: list[Scenario] = []
    skipped: dict[str, Unavailable] = {}
    for one in scenarios:
        if missing := next((why[need] for need in one.needs if need in why), None):
            skipped[one.home] = missing
            continue
        gone = {}
        for variant in one.variants:
            lacks = next((why[need] for need in variant.needs if need in why), None)
            if error := lacks or unserved(variant):
                gone[variant.name] = error
        # Of a family each variant is named once.
        skipped |= {f"{one.home}/{name}": error for name, error in gone.items()}
        here = len(one.variants) - len(gone)
        if gone and here < PAIR:
            skipped[one.home] = Unavailable(
                f"of the {len(one.variants)} variants of {one.home} {here} can be served here, and "
                "there is nothing to compare",
                hint=[*gone.values()][-1].hint,
            )
        else:
            left.append(one.drop(gone))
    if not left:
        raise next(error for what, error in skipped.items() if "/" not in what)
    return left, tuple(_skipped(what, error) for what, error in skipped.items())


def on_host(variant: Variant) -> Unavailable | None:
    """Return why this machine cannot serve a variant; None where it can.

    That our own interpreter has what the usual server needs is not asked.
    """
    python = variant.python
    if python == interpreters.own_version():
        return Unavailable(
            f"Python {python} runs bench.py, and would be measured twice",
            hint="read the variant that names no version",
        )
    if not python and variant.server == USUAL:
        return None
    try:
        modules = (FRAMEWORK, *servers.modules(variant.server), *variant.libraries)
        interpreters.require(python, modules)
    except Unavailable as error:
        return error
    return None


def by_one_interpreter(variant: Variant) -> Unavailable | None:
    """Return why a variant cannot be served where one interpreter serves all."""
    if not variant.python:
        return None
    return Unavailable(
        f"Python {variant.python} is asked for where one interpreter serves all",
        hint="measure it with --on host",
    )


def _skipped(what: str, why: BenchError) -> Skipped:
    return Skipped(what, str(why), why.hint)
