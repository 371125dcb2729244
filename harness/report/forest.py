"""What a forest plot shows: comparisons in rows, points in panels, 1 in the middle."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.judge.answer import Contrast
from harness.judge.interval import Verdict
from harness.report import wording
from harness.report.captions import Caption, setup
from harness.report.family import Family
from harness.report.findings import distance
from harness.report.scenario_run import ScenarioRun
from harness.report.sentences import Sentence, confidence

PANELS = 5  # that have room beside each other
SENTENCES = 3  # comparisons that a title says one by one
FEW = 4  # points that are said one by one
WAIT = "wait_ms"
STACK = "stack"
CLEAR = {Verdict.BETTER, Verdict.WORSE}
NO_FACTOR = {Verdict.UNCLEAR: "unclear", Verdict.SAME: "the same"}  # said instead of a factor
# How many times 1 an axis reaches at most: the more rows and panels, the less room for outliers.
FAR, MIDDLE, NEAR = 1000.0, 10.0, 3.0


@dataclass(frozen=True, slots=True)
class Row:
    """A comparison by panel: None where it was not made. `name` and what it `does`."""

    name: str
    does: str
    found: tuple[Contrast | None, ...]


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows below a head, which says what 1 stands for."""

    head: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Forest:
    """A forest plot: `runs` are what it rests on, `file` is its name without an ending.

    Its axes reach as far as the intervals, and no farther than `reach` times 1.
    """

    file: str
    question: str
    reach: float
    runs: tuple[ScenarioRun, ...]
    panels: tuple[str, ...]
    groups: tuple[Rows, ...]
    caption: Caption

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows of all groups."""
        return tuple(row for group in self.groups for row in group.rows)


def of_family(family: Family) -> Forest | None:
    """Return the forest plot of a whole family; None where nothing is judged, or there is no room.

    The points are the panels. Where they are too many, or there is one comparison, they are the
    rows, and the comparisons are the panels.
    """
    baseline, *others = family.variants
    head = f"1 = {baseline.name}: {baseline.does}"
    rows = [Row(one.name, one.does, family.contrasts(one.name, baseline.name)) for one in others]
    judged = any(contrast and contrast.gain for row in rows for contrast in row.found)
    if not judged or not family.complete:
        return None
    groups = (Rows(head, tuple(rows)),)
    many = len(rows) > SENTENCES
    said = tuple(_in_all(family.points, groups)) if many else _each(family, rows)
    panels, reach = family.points, MIDDLE
    if len(panels) > PANELS or len(rows) == 1:
        panels, reach = tuple(f"{row.name}: {row.does}" for row in rows), FAR
        columns = zip(*(row.found for row in rows), strict=True)
        turned = (Row(name, "", one) for name, one in zip(family.points, columns, strict=True))
        groups = (Rows(head, tuple(turned)),)
    if len(panels) > PANELS:
        return None
    about = f"{family.metric.name}, times as good as that of {baseline.name}"
    return Forest(
        file=f"{family.name}-points",
        question=family.question,
        reach=reach,
        runs=_runs([family]),
        panels=panels,
        groups=groups,
        caption=_caption(said, about, family.sections[0].run),
    )


def of_stack(families: Sequence[Family]) -> Forest | None:
    """Return what all parts of the stack are worth at each wait; None where there is no second.

    Those with the fewest choices come first.
    """
    stack = [one for one in families if one.group == STACK and of_family(one)]
    stack.sort(key=lambda one: len(one.variants))
    waits = sorted({at[WAIT] for one in stack for at in _points(one) if WAIT in at})
    if len(stack) < 2 or not 0 < len(waits) <= PANELS:  # noqa: PLR2004  one has its own
        return None
    groups = tuple(_group(one, waits) for one in stack)
    panels = tuple(wording.point({WAIT: one}) for one in waits)
    metrics = wording.listed(list(dict.fromkeys(one.metric.name for one in stack)))
    about = f"{metrics}, times as good as that of the baseline"
    return Forest(
        file=STACK,
        question=f"What {wording.listed([one.name for one in stack])} are worth",
        reach=NEAR,
        runs=_runs(stack),
        panels=panels,
        groups=groups,
        caption=_caption(tuple(_in_all(panels, groups)), about, stack[0].sections[0].run),
    )


def _group(family: Family, waits: Sequence[float]) -> Rows:
    """Return a family's comparisons by wait, at its first point that has it."""
    baseline, *others = family.variants
    seen = [at.get(WAIT) for at in _points(family)]
    places = [seen.index(wait) if wait in seen else None for wait in waits]
    rows = []
    for one in others:
        found = family.contrasts(one.name, baseline.name)
        by_wait = (None if place is None else found[place] for place in places)
        rows.append(Row(one.name, one.does, tuple(by_wait)))
    head = f"{family.name}: 1 = {baseline.name}, {baseline.does}"
    return Rows(head, tuple(rows))


def _points(family: Family) -> list[dict[str, float]]:
    return [dict(one.scenario.at) for one in family.sections]


def _runs(families: Sequence[Family]) -> tuple[ScenarioRun, ...]:
    return tuple(section.run for family in families for section in family.sections)


def _caption(said: tuple[Sentence, ...], about: str, run: ScenarioRun) -> Caption:
    alt = f"{about}: {'; '.join(one.says for one in said)}"
    grey = f"grey: holds 1, or stays within ±{100 * run.primary.same_within:g} %"
    about = f"{about[0].upper()}{about[1:]}"
    return Caption("forest", said, f"{about} · {setup(run)} · bar: 95 % interval, {grey}", alt)


def _each(family: Family, rows: Sequence[Row]) -> tuple[Sentence, ...]:
    """Say each comparison, those that differ most first."""
    ordered = sorted(rows, key=lambda row: -max(map(_distance, row.found)))
    return tuple(Sentence(_along(row, family)) for row in ordered)


def _along(row: Row, family: Family) -> str:
    """Say a comparison at every point; of many, at the two that are farthest apart."""
    points = list(zip(row.found, _without_knob(family.points), strict=True))
    over = f"{row.name} against {family.variants[0].name}"
    if len(points) <= FEW:
        return f"{over}: {', '.join(f'{_short(one)} ({point})' for one, point in points)}"
    known = [(one.gain, point) for one, point in points if one and one.gain]
    ends = (pick(known, key=lambda one: one[0].estimate) for pick in (min, max))
    least, most = (f"{wording.factor(gain)} ({point})" for gain, point in ends)
    return f"{over}: from {least} to {most}"


def _without_knob(points: Sequence[str]) -> list[str]:
    """Return points without the name of the only knob, but for the first: wait 0 ms, 10 ms."""
    knob = f"{points[0].split(' ')[0]} "
    alike = all(one.startswith(knob) and "," not in one for one in points)
    first, *others = points
    return [first, *(one.removeprefix(knob) if alike else one for one in others)]


def _in_all(panels: Sequence[str], groups: Sequence[Rows]) -> Iterator[Sentence]:
    """Say how many comparisons differ from 1 in each panel.

    Then which differs most in the first panel, and which in the last.
    """
    counts, largest = [], []
    for number, panel in enumerate(_without_knob(panels)):
        all_made = (row.found[number] for group in groups for row in group.rows)
        made = [one for one in all_made if one and one.gain]
        clear = [one for one in made if one.verdict in CLEAR]
        counts.append(f"{len(clear) or 'none'} of {len(made)} ({panel})")
        if clear and number in {0, len(panels) - 1}:
            largest.append((panels[number], max(clear, key=_distance)))
    yield Sentence(f"Different from their baseline: {', '.join(counts)}")
    for panel, contrast in largest:
        if contrast.gain:
            times = f"{_short(contrast)} as good as {contrast.over}"
            says = f"At {panel} {contrast.subject} differs most, {times}"
            yield Sentence(says, confidence(contrast.gain))


def _distance(contrast: Contrast | None) -> float:
    return distance(contrast.gain) if contrast else 0.0


def _short(contrast: Contrast | None) -> str:
    if contrast is None or contrast.gain is None:
        return "no answer"
    return NO_FACTOR.get(contrast.verdict) or wording.factor(contrast.gain)
