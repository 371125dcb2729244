"""The page: one HTML file that asks nothing of the network, light or dark, on paper as well."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.judge.caveats import Caveat
from harness.judge.interval import Verdict
from harness.model.scenario import Scenario
from harness.report import answers, own_app, wording
from harness.report.code import Diff
from harness.report.conditions import began, processor
from harness.report.document import Document, Section
from harness.report.family import Family, groups, parts
from harness.report.figures import Bars, bars, lines
from harness.report.findings import distance
from harness.report.handlers import Change, Line, change
from harness.report.headline import trap
from harness.report.lanes import Lanes
from harness.report.lanes import lanes as side_by_side
from harness.report.language import reason, say
from harness.report.opening import openings
from harness.report.render.environment import environment
from harness.report.shapes import Lines
from harness.report.styles import styles

if TYPE_CHECKING:
    from harness.report.calls import Calls

PICTURED = "scenes"  # the group whose services have a picture
Conditions = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class View:
    """What the page draws of a section.

    `styles` are the classes of the variants by name, `change` is the code of trap and fix, and
    `do` says which of them to choose.
    """

    bars: Bars | None
    lines: tuple[Lines, ...]
    change: Change | None
    lanes: Lanes | None
    styles: dict[str, str]
    do: str


class Views:
    """The views of sections, each made once for as long as its section stays the same."""

    def __init__(self) -> None:
        """Know none yet."""
        self._made: dict[str, tuple[Section, View]] = {}

    def of(self, section: Section) -> View:
        """Return the view of a section."""
        known = self._made.get(section.name)
        if known is None or known[0] is not section:
            known = self._made[section.name] = section, _view(section)
        return known[1]


def page(document: Document, *, files: bool = False, views: Views | None = None) -> str:
    """Return the page, in the language that is spoken.

    `files` says that all charts are beside it as files, `views` are those that are known.
    """
    common = _common(document.sections)
    counts = Counter(claim.verdict for claim in document.claims)
    return (
        environment()
        .get_template("page.html.j2")
        .render(
            document=document,
            origin=_origin(document),
            simulated=reason(Caveat.SIMULATED)[0] + say("words.stop") if document.simulated else "",
            openings=[one for one in openings(document) if one.picture],
            found=answers.answers(document),
            groups=groups(document),
            parts=parts(document),
            common=common,
            judged=" · ".join(f"{one}{say('page.colon')}{many}" for one, many in counts.items()),
            files=files,
            view_of=(views or Views()).of,
            farthest_of=_farthest,
            points_of=answers.points,
            point_of=wording.point,
            calls_of=_calls,
            in_lines=_in_lines,
            own_conditions=lambda section: [one for one in section.conditions if one not in common],
            own_facts=lambda own: list(own_app.facts(own)),
            own_table=own_app.table,
            own_predicted=lambda own: list(own_app.predicted(own)),
            own_to_do=own_app.to_do,
        )
    )


def _view(section: Section) -> View:
    run, found = section.run, section.headline
    return View(
        bars=bars(run) if run.blocks else None,
        lines=lines(run),
        change=change(run.record.asked, run.scenario, found.over, found.subject)
        if found and not section.own
        else None,
        lanes=side_by_side(run),
        styles={name: f"s-{style.name}" for name, style in styles(run.scenario).items()},
        do=_do(section),
    )


def _calls(points: Sequence[Scenario]) -> Calls | None:
    """Return the picture of who calls whom, where there is one."""
    if points[0].group != PICTURED:
        return None
    from harness.report.calls import calls  # noqa: PLC0415  it measures letters by matplotlib

    return calls(points)


def _do(section: Section) -> str:
    """Say what to choose instead of the trap, where that is clear."""
    found = section.headline
    if found is None or section.own or found.verdict is not Verdict.BETTER:
        return ""
    if found.over != trap(section.scenario):
        return ""
    return say("page.do", subject=found.subject_does, over=found.over_does)


def _farthest(family: Family) -> Section:
    """Return the point at which the difference is clearest."""
    return max(
        family.sections,
        key=lambda one: distance(one.headline.contrast.gain) if one.headline else -1.0,
    )


def _common(sections: Sequence[Section]) -> Conditions:
    """Return the conditions that all sections have."""
    if not sections:
        return ()
    first, *others = (one.conditions for one in sections)
    return [one for one in first if all(one in other for other in others)]


def _origin(document: Document) -> str:
    """Say what was asked, on what machine, when, and in which run."""
    every = parts(document)
    answered = sum(any(one.run.answered for one in answers.sections_of(part)) for part in every)
    asked = "page.routes" if document.own else "page.asked"
    said = [say(asked, asked=len(every), answered=answered)]
    if document.sections:
        record = document.sections[0].run.record
        said += [processor(record), began(record)]
    return " · ".join([*filter(None, said), say("page.run", name=document.name)])


def _in_lines(diff: Diff) -> list[Line]:
    """Return two files side by side as one, line by line."""
    found: list[Line] = []
    for minus, old, plus, new in diff.rows:
        if not minus and not plus:
            found.append(("", old))
            continue
        found += [(minus, old)] if minus else []
        found += [(plus, new)] if plus else []
    return found
