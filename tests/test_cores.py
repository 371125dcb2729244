"""Who shares a processor with whom is planned, and what that leaves in doubt is said."""

from __future__ import annotations

import pytest

from harness.judge.caveats import Caveat
from harness.system import cores


@pytest.mark.parametrize(
    ("processors", "server", "rest", "caveats"),
    [
        (1, (0,), (0,), (Caveat.ONE_CORE,)),
        (2, (1,), (0,), (Caveat.CO_LOCATED,)),
        (4, (2, 3), (0, 1), ()),
        (16, (14, 15), tuple(range(14)), ()),
    ],
)
def test_the_server_has_its_processors_for_itself_where_there_are_two(
    monkeypatch: pytest.MonkeyPatch,
    processors: int,
    server: tuple[int, ...],
    rest: tuple[int, ...],
    caveats: tuple[Caveat, ...],
) -> None:
    """And with fewer than four, the doubt is on record."""
    monkeypatch.setattr(cores, "AVAILABLE", tuple(range(processors)))
    monkeypatch.setattr(cores, "CAN_PIN", True)
    monkeypatch.setattr(cores, "_physical", lambda logical: [[core] for core in logical])
    split = cores.split(2)
    assert (split.server, split.rest, split.caveats) == (server, rest, caveats)


def test_where_nothing_can_be_pinned_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on macOS."""
    monkeypatch.setattr(cores, "CAN_PIN", False)
    assert cores.split(1).caveats == (Caveat.UNPINNED,)
