"""Who shares a processor with whom is planned, and what is doubtful about that is said."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.catalogue import catalogue
from harness.design.design import Design
from harness.design.profile import profile_named
from harness.experiment.simulated import Simulator
from harness.judge.caveats import Caveat, caveats_of
from harness.model.facts import Setting
from harness.system import cores
from harness.system.cores import Cores


def caveats(split: Cores) -> set[Caveat]:
    """Return what is doubtful about a measurement on these processors."""
    scenario = catalogue()["hop"]
    design = Design(scenario, profile_named("smoke"))
    measurement = Simulator([scenario])(design.evidence(0)[0])
    setting = Setting(
        place="host", server_cores=split.server, load_cores=split.rest, pinned=split.pinned
    )
    return caveats_of(scenario, replace(measurement, setting=setting))


@pytest.mark.parametrize(
    ("processors", "server", "rest", "doubtful"),
    [
        (1, (0,), (0,), {Caveat.ONE_CORE}),
        (2, (1,), (0,), {Caveat.CO_LOCATED}),
        (4, (2, 3), (0, 1), set()),
        (16, (14, 15), tuple(range(14)), set()),
    ],
)
def test_the_server_has_its_processors_for_itself_where_there_are_two(
    processors: int, server: tuple[int, ...], rest: tuple[int, ...], doubtful: set[Caveat]
) -> None:
    """And with fewer than four, the doubt travels with the number."""
    split = cores.split(2, [[core] for core in range(processors)])
    assert (split.server, split.rest, caveats(split)) == (server, rest, doubtful)


def test_siblings_of_the_servers_processors_stay_idle() -> None:
    """The server gets one logical processor of each physical one; load never gets the other."""
    assert cores.split(1, [[0, 4], [1, 5], [2, 6], [3, 7]]) == Cores((3,), (0, 4, 1, 5, 2, 6))


def test_where_nothing_can_be_pinned_that_is_said() -> None:
    """As on macOS."""
    assert caveats(cores.split(1, [])) == {Caveat.UNPINNED}
