"""Which contests a gate takes where none are named: what the change touches, else some of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import groupby, zip_longest
from pathlib import Path

from harness.judge.gate import Contest

MOST = 24  # contests, which take ten minutes


def panel(found: Sequence[Contest], base: Path, head: Path) -> list[Contest]:
    """Return the contests whose files differ between two checkouts; all where none does.

    Of more than MOST, the first variants of every scenario, then the second ones, and so on, up
    to that number; of more scenarios than that, as many of each group. In the order in which they
    were found.
    """
    touched = [contest for _, group in _by_scenario(found) for contest in _of(group, base, head)]
    groups = _group_by_group([group for _, group in _by_scenario(touched or found)])
    turns = (one for turn in zip_longest(*groups) for one in turn if one is not None)
    chosen = {one.name for one, _ in zip(turns, range(MOST), strict=False)}
    return [one for one in found if one.name in chosen]


def _group_by_group(scenarios: Sequence[list[Contest]]) -> list[list[Contest]]:
    """Return the first scenario of each group, then the second of each, and so on."""
    counts: Counter[str] = Counter()
    places = []
    for contests in scenarios:
        group = contests[0].scenario.group
        places.append(counts[group])
        counts[group] += 1
    return [one for _, one in sorted(zip(places, scenarios, strict=True), key=lambda one: one[0])]


def _by_scenario(found: Sequence[Contest]) -> list[tuple[str, list[Contest]]]:
    return [(name, list(group)) for name, group in groupby(found, lambda one: one.of)]


def _of(contests: Sequence[Contest], base: Path, head: Path) -> list[Contest]:
    """Return the contests of one scenario that a change touches: by a file of their own, or all."""
    home = Path("scenarios", contests[0].scenario.home)
    files = {
        path.relative_to(side)
        for side in (base, head)
        for path in (side / home).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    changed = {file for file in files if _text(base / file) != _text(head / file)}
    own = {
        one.name: {one.scenario.file_of(side, Path()) for side in one.scenario.variants}
        for one in contests
    }
    if changed - {file for theirs in own.values() for file in theirs}:
        return list(contests)
    return [one for one in contests if own[one.name] & changed]


def _text(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None
