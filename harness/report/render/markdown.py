"""Markdown: a run's summary, all its answers as one table, and two runs beside each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from harness.judge.comparison import Pair
from harness.judge.interval import Interval
from harness.report import language, wording
from harness.report.answers import chosen, sections_of
from harness.report.document import Document, Remark, Section
from harness.report.family import Family, Part, parts
from harness.report.language import say
from harness.report.wording import Table, amount, between, factor, level, number, times

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
    """Return each question with what may be said to it, then the claims, in the language spoken."""
    claims = [(one.title, one.says, str(one.measured), one.verdict) for one in found.claims]
    heads = [say(f"tables.head.{name}") for name in ("scenario", "claim", "measured", "judgement")]
    spoken = language.spoken()
    page = "index.html" if spoken == language.ENGLISH else f"index.{spoken}.html"
    judged = table(heads, claims)
    said = [
        f"# {say('tables.summary.title', name=f'`{escaped(found.name)}`')}",
        f"{escaped(found.origin.partition(' · ')[2])}{say('words.stop')}",
        say("words.notes.join").join(map(escaped, found.notes)),
        say("tables.summary.page", path=f"`{escaped(found.name)}/report/{page}`"),
        *_skipped(found),
        *(words for part in parts(found) for words in _part(part)),
        f"## {say('tables.summary.claims')}\n\n{judged}" if judged else "",
    ]
    return "\n\n".join(words for words in said if words) + "\n"


def overview(found: Document) -> str:
    """Return a row per scenario, for a file in docs/: its group, its folder, its answer."""
    rows = [
        (
            language.group(one.group),
            Markup(f"[`{one.name}`](../scenarios/{one.name}/)"),
            _in_short(one),
        )
        for one in parts(found)
    ]
    return table([say(f"tables.head.{name}") for name in ("group", "scenario", "answer")], rows)


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
        yield f"## {say('tables.summary.skipped')}"
        yield _list(
            say("tables.summary.remark", what=one.what, says=one.why, remedy=one.remedy)
            for one in found.skipped
        )


def _in_short(one: Part) -> str:
    """Return the answer in one line: of several points, that of the one which speaks for all."""
    found = chosen(one)
    shown = found[0] if found else sections_of(one)[0]
    says = f"{shown.in_short}{shown.stand_in}"
    if not isinstance(one, Family):
        return says
    point = wording.point(shown.scenario.at)
    return say("tables.summary.one_point", point=point, points=len(one.points), says=says)


def _part(one: Part) -> Iterator[str]:
    return _family(one) if isinstance(one, Family) else _section(one)


def _family(one: Family) -> Iterator[str]:
    yield f"## {escaped(one.question)}"
    yield "\n".join(
        f"- {say('tables.summary.pair', name=escaped(point), says=f'**{escaped(said)}**')}"
        for point, said in one.in_short
    )
    yield escaped(f"{one.note}{say('tables.summary.each_point')}")
    yield _table(one.table)
    yield _list(say("tables.summary.trap_at", point=point, says=said) for point, said in one.traps)
    yield _remarks(one.notes)


def _section(one: Section) -> Iterator[str]:
    yield f"## {escaped(one.question)}"
    yield "\n".join(f"- **{escaped(str(sentence))}**" for sentence in one.answer)
    yield escaped(one.note)
    yield _table(one.variants.narrow if one.variants else None)
    yield _table(one.taxes)
    yield _list(say("tables.summary.trap", says=said) for said in one.traps)
    yield _list(say("tables.summary.pair", name=name, says=found) for name, found in one.findings)
    notes = [("note", caveat) for caveat in one.caveats]
    yield _remarks([*notes, *(("void", void) for void in one.void)])


def _remarks(notes: Iterable[tuple[str, Remark]]) -> str:
    return _list(
        say(
            "tables.summary.remark",
            what=say(f"tables.summary.{kind}"),
            says=note.says,
            remedy=note.remedy,
        )
        for kind, note in notes
    )


def _table(found: Table | None) -> str:
    return table(found.heads, [[str(cell) for cell in row] for row in found.rows]) if found else ""


def _list(items: Iterable[str]) -> str:
    return "\n".join(f"- {escaped(item)}" for item in items)


def _cell(text: str) -> str:
    return (text if isinstance(text, Markup) else escaped(text)).replace("|", "\\|")


def _figure(pair: Pair, found: Interval) -> str:
    """Write a ratio as such, and a level in the metric's unit."""
    if pair.judged:
        return f"{factor(found)} [{between(found, times)}]"
    bounds = between(found, lambda value: amount(value, pair.metric))
    return f"{level(found, pair.metric)} [{bounds}]"


def _ratio(pair: Pair) -> str:
    low, middle, high = pair.ratio
    return f"{number(middle)}× [{number(low)} to {number(high)}]"
