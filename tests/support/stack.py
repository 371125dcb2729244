"""A simulated run of four questions over waits, as the group `stack` asks them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from harness.catalogue import catalogue
from harness.experiment.simulated import Simulator
from harness.model.facts import Measurement
from harness.model.scenario import Claim, Scenario, Variant, grid
from harness.model.theory import event_loop
from harness.model.trial import Trial
from harness.store.run import Run
from tests.support.simulated import measured

BASE = catalogue()["one_driver"]
WAITS = (0, 1, 10, 100)
# By how much each is faster than the baseline where nothing waits, and what it does.
CHOICES: Mapping[str, Mapping[str, tuple[float, str]]] = {
    "loop": {"uvloop": (1, "uvicorn on uvloop"), "asyncio": (0.78, "uvicorn on asyncio's loop")},
    "server": {
        "uvicorn": (1, "uvicorn, httptools"),
        "uvicorn_h11": (0.62, "uvicorn, h11"),
        "granian": (1.5, "granian, one worker, one thread of its runtime"),
        "hypercorn": (0.4, "hypercorn, which parses with h11 in Python"),
    },
    "workers": {
        "one_awaiting": (1, "one worker, awaiting"),
        "one_threaded": (0.6, "one worker, inside def"),
        "two_blocking": (0.05, "two workers, blocking inside async def"),
        "two_threaded": (1.2, "two workers, inside def"),
        "two_awaiting": (1.9, "two workers, awaiting"),
    },
    "interpreter": {
        "python_3_11": (1, "CPython 3.11"),
        "python_3_12": (1.02, "CPython 3.12"),
        "python_3_13": (1.08, "CPython 3.13"),
        "python_3_13t_gil_on": (0.8, "CPython 3.13 free-threaded, with the GIL"),
        "python_3_13t_gil_off": (0.7, "CPython 3.13 free-threaded, without the GIL"),
        "python_3_14": (1.1, "CPython 3.14"),
        "python_3_14t_gil_off": (0.9, "CPython 3.14 free-threaded, without the GIL"),
    },
}


def asked(name: str) -> Scenario:
    """Return one of the questions, over waits."""
    variants = tuple(
        Variant(one, does, "loop", event_loop(), file="awaiting")
        for one, (_, does) in CHOICES[name].items()
    )
    first, second, *_ = variants
    return replace(
        BASE,
        name=name,
        folder="one_driver" if name == "one_driver" else "",
        group="stack",
        question=f"What is the {name} worth?",
        variants=variants,
        loads=(),
        claims=(Claim(second.name, first.name, 0.5, where={"wait_ms": 100}),),
        over=grid(wait_ms=WAITS),
    )


def stack_run(folder: Path, *names: str, profile: str = "quick") -> Run:
    """Return a simulated run of these questions; what a choice is worth fades with the wait."""
    points = [one for name in names for one in asked(name).points]
    drive = Simulator(points)

    def one(trial: Trial) -> Measurement:
        found, (home, _, wait) = drive(trial), trial.scenario.partition("-wait_ms-")
        worth, _ = CHOICES[home][trial.variant]
        factor = 1 + (worth - 1) / (1 + float(wait))
        closed = found.closed and replace(found.closed, slope=(found.closed.slope or 0) * factor)
        return replace(found, closed=closed)

    return measured(folder, *points, profile=profile, drive=one)
