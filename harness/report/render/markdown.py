"""Markdown: a run's summary, all its answers as one table, and two runs beside each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from harness.judge.comparison import Pair
from harness.judge.interval import Interval
from harness.report.document import Document, Section
from harness.report.family import Family, Part, parts
from harness.report.wording import Table, amount, between, number, quantity, times

CLAIMS = ("scenario", "claim", "measured", "judgement")
PAIRS = ("scenario", "what", "first run", "second run", "second over first", "differ")
DIFFER = {True: "yes", False: "not shown", None: "not judged"}
APART = (
    "Levels are those of one hour of one machine, and are not judged; ratios differ where their "
    "intervals do not overlap. The runs were measured at different times, so whatever the machine "
    "did in between is in the difference. `bench.py gate` measures side by side."
)


class Markup(str):
    """Text that is Markdown already and needs no escaping."""

    __slots__ = ()


def escaped(text: str) -> Markup:
    """Return a text of one line that can hold no HTML."""
    line = " ".join(text.split())
    return Markup(line.replace("&", "&amp;").replace("<", "&lt;"))


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table whose cells are escaped unless they are Markup; empty without rows."""
    body = [[_cell(cell) for cell in row] for row in rows]
    if not body:
        return ""
    lines = [[_cell(head) for head in heads], ["---"] * len(heads), *body]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def summary(found: Document) -> str:
    """Return the claims, then each question with what may be said to it."""
    claims = [(one.title, one.says, str(one.measured), one.verdict) for one in found.claims]
    said = [
        f"# FastAPI under load: run `{escaped(found.name)}`",
        f"{escaped(found.origin.partition(' · ')[2])}.",
        " ".join(map(escaped, found.notes)),
        f"The whole report is `{escaped(found.name)}/report/index.html`.",
        table(CLAIMS, claims),
        *_skipped(found),
        *(words for part in parts(found) for words in _part(part)),
    ]
    return "\n\n".join(words for words in said if words) + "\n"


def overview(found: Document) -> str:
    """Return a row per scenario: its group, its folder, its answer in one line."""
    rows = [
        (one.group, Markup(f"[`{one.name}`](scenarios/{one.name}/)"), _in_short(one))
        for one in parts(found)
    ]
    return table(("group", "scenario", "answer"), rows)


def comparison(pairs: Sequence[Pair]) -> str:
    """Return a row for each figure that both runs have."""
    rows = [
        (
            pair.scenario,
            pair.what,
            _figure(pair, pair.one),
            _figure(pair, pair.other),
            _ratio(pair),
            DIFFER[pair.differs],
        )
        for pair in pairs
    ]
    return f"{table(PAIRS, rows)}\n\n{APART}"


def _skipped(found: Document) -> Iterator[str]:
    if found.skipped:
        yield "## Not measured here"
        yield _list(f"{one.what}: {one.why}. Remedy: {one.remedy}." for one in found.skipped)


def _in_short(one: Part) -> str:
    if isinstance(one, Family):
        return "; ".join(f"{point}: {said}" for point, said in one.in_short)
    return f"{one.in_short}{one.stand_in}"


def _part(one: Part) -> Iterator[str]:
    return _family(one) if isinstance(one, Family) else _section(one)


def _family(one: Family) -> Iterator[str]:
    yield f"## {escaped(one.question)}"
    yield "\n".join(f"- {escaped(point)}: **{escaped(said)}**" for point, said in one.in_short)
    yield f"{escaped(one.note)} The page shows each point by itself."
    yield _table(one.table)
    yield _list(f"Trap at {point}: {said}" for point, said in one.traps)
    yield _list(
        f"{kind.capitalize()}: {note.says}. Remedy: {note.remedy}." for kind, note in one.notes
    )


def _section(one: Section) -> Iterator[str]:
    yield f"## {escaped(one.question)}"
    yield "\n".join(f"- **{escaped(str(sentence))}**" for sentence in one.answer)
    yield escaped(one.note)
    yield _table(one.variants.narrow if one.variants else None)
    yield _table(one.taxes)
    yield _list(f"Trap: {said}" for said in one.traps)
    yield _list(f"{name}: {found}" for name, found in one.findings)
    notes = [("Note", caveat) for caveat in one.caveats] + [("Void", void) for void in one.void]
    yield _list(f"{kind}: {note.says}. Remedy: {note.remedy}." for kind, note in notes)


def _table(found: Table | None) -> str:
    return table(found.heads, [[str(cell) for cell in row] for row in found.rows]) if found else ""


def _list(items: Iterable[str]) -> str:
    return "\n".join(f"- {escaped(item)}" for item in items)


def _cell(text: str) -> str:
    return (text if isinstance(text, Markup) else escaped(text)).replace("|", "\\|")


def _figure(pair: Pair, found: Interval) -> str:
    """Write a ratio as such, and a level in the metric's unit."""
    if pair.judged:
        return f"{times(found.estimate)} [{between(found, times)}]"
    bounds = between(found, lambda value: amount(value, pair.metric))
    return f"{quantity(found.estimate, pair.metric)} [{bounds}]"


def _ratio(pair: Pair) -> str:
    low, middle, high = pair.ratio
    return f"{number(middle)}× [{number(low)} to {number(high)}]"
