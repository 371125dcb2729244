"""Without names, a gate compares what the change touches."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from harness.catalogue import catalogue, select
from harness.experiment.gate_panel import MOST, panel
from harness.judge import gate

CONTESTS = [contest for one in select([], catalogue()) for contest in gate.contests(one, one)[0]]


@pytest.fixture
def sides(tmp_path: Path) -> tuple[Path, Path]:
    """Return two checkouts that are the same: an empty file for each variant, and one beside."""
    base, head = tmp_path / "base", tmp_path / "head"
    for side in (base, head):
        for one in CONTESTS:
            file = one.scenario.file_of(one.scenario.variants[0], side)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch()
            (file.parent / "shared.py").touch()
    return base, head


def titles(sides: tuple[Path, Path]) -> list[str]:
    """Return the panel by its titles."""
    return [one.title for one in panel(CONTESTS, *sides)]


def test_a_variant_whose_file_differs_is_compared_alone(sides: tuple[Path, Path]) -> None:
    """Not those beside it."""
    (sides[1] / "scenarios" / "hop" / "inline.py").write_text("changed = True\n")
    assert titles(sides) == ["hop/inline"]


def test_what_variants_share_touches_all_of_them(sides: tuple[Path, Path]) -> None:
    """Also where one side lacks it."""
    (sides[0] / "scenarios" / "hop" / "shared.py").unlink()
    assert sorted(titles(sides)) == ["hop/inline", "hop/threaded"]


def test_where_no_file_of_an_app_differs_every_group_is_compared(sides: tuple[Path, Path]) -> None:
    """By as many scenarios of each as fit, in their order, so that each is set up once."""
    (sides[1] / "scenarios" / "hop" / "__pycache__").mkdir()
    (sides[1] / "scenarios" / "hop" / "__pycache__" / "inline.pyc").touch()
    found = panel(CONTESTS, *sides)
    assert len(found) == MOST
    of_group = Counter(one.scenario.group for one in found)
    there = Counter(group for group, _ in {(one.scenario.group, one.of) for one in CONTESTS})
    fewest = min(of_group[group] for group in there if of_group[group] < there[group])
    assert all(of_group[group] >= min(number, fewest) for group, number in there.items())
    assert max(of_group.values()) <= fewest + 1
    assert found == [one for one in CONTESTS if one in found]
