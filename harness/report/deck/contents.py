"""What each slide shows of a run: values for its template, or None where the run has none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace

from markupsafe import Markup

from harness.judge.interval import Judgement
from harness.model.facts import Measurement
from harness.model.metric import capacity, cpu_per_request
from harness.model.scenario import APART, Claim, Scenario
from harness.model.theory import Law
from harness.report import language, quantities, wording
from harness.report.answers import Answers, Group, answers
from harness.report.conditions import processor
from harness.report.courses import lines
from harness.report.deck.writer import Pair, Writer, listing, words
from harness.report.family import families
from harness.report.figures import bars
from harness.report.lanes import lanes
from harness.report.map_figure import map_of
from harness.report.scenario_run import ScenarioRun
from harness.report.tables import taxes

Content = dict[str, object] | None
Pairs = tuple[tuple[str, str, str], ...]  # scenario, subject, over; empty: what says most of it

WAYS = BLOCKING, THREADED, AWAITING = "blocking", "threaded", "awaiting"
CODE = ("one_driver",)  # whose files differ by a few words
LANES = *CODE, "postgres_read", "http_call"  # the first that was recorded
# By arithmetic, best known first.
EXPLAINED = "postgres_read", "one_driver", "http_call", "cache_get"
MAP, TAX, CLIFF = "break_even", "tax", "held_connection"
FORMULAS = {
    "one": "1 / (c + w)",
    "places": "n / (c + w)",
    "connections": "n / w",
    "processor": "1 / c",
}
CHANGED = 4  # claims that a slide has room for
ROWS = 10  # of the forest, that a column has room for in large letters


def guess(write: Writer) -> Content:
    """Three handlers that differ by a word."""
    run = write.first(*CODE)
    if run is None:
        return None
    files = {name: found for name in WAYS if (found := listing(run, name))}
    return {"run": run, "files": files} if len(files) == len(WAYS) else None


def guessed(write: Writer) -> Content:
    """What they serve."""
    run = write.first(*CODE)
    return chart(write, run.scenario.name, "guessed") if run else None


def played(write: Writer) -> Content:
    """The first requests, one by one, as they were recorded."""
    for run in filter(None, map(write.first, LANES)):
        if figure := lanes(run):
            many = write.fact(f"{run.scenario.name}.lanes", run.scenario.lanes)
            return {"run": run, "figure": figure, "title": words("deck.lanes.title", many=many)}
    return None


def chart(write: Writer, scenario: str, slide: str = "scenario") -> Content:
    """The bars of a scenario below the comparison that says most."""
    lead = write.pair(scenario)
    if lead is None:
        return None
    return {"lead": lead, "title": write.title(slide, lead), "chart": bars(lead.run)}


def before(write: Writer) -> Content:
    """The handler that blocks, before a word of it goes."""
    run = write.first(*CODE)
    code = listing(run, BLOCKING) if run else []
    return {"run": run, "code": code} if code and _twist(write) else None


def twist(write: Writer) -> Content:
    """The same handler without that word, as good as awaiting; and what awaiting saves."""
    lead = _twist(write)
    if lead is None:
        return None
    run = lead.run
    saved = {name: run.typical(cpu_per_request, name) for name in (THREADED, AWAITING)}
    cpu = {}
    for name, found in saved.items():
        if found:
            text = wording.level(found, cpu_per_request)
            cpu[name] = write.fact(f"{run.scenario.name}.{name}.cpu", text)
    one, other = saved[THREADED], saved[AWAITING]
    less = bool(one and other and other.estimate < one.estimate)
    says = words(f"deck.twist.{'saves' if less else 'costs'}", **cpu) if len(cpu) > 1 else ""
    title = write.title("twist", lead)
    return {"lead": lead, "title": title, "code": listing(run, THREADED), "says": says}


def _twist(write: Writer) -> Pair | None:
    return write.pair(CODE[0], THREADED, AWAITING)


def formulas(write: Writer) -> Content:
    """What arithmetic allows, beside what was measured, for each law that binds somebody."""
    known = [run for run in write.runs.values() if run.primary == capacity]
    known.sort(key=lambda run: _preferred(run.scenario))
    rows = []
    for kinds in (("one",), ("places", "connections"), ("processor",)):
        found = (row for kind in kinds for run in known for row in _rows(write, run, kind))
        rows += [row for row in [next(found, None)] if row]
    return {"rows": rows} if len(rows) > 1 else None


def _rows(write: Writer, run: ScenarioRun, kind: str) -> Iterator[dict[str, object]]:
    for variant in run.variants:
        law = _law(run, variant)
        if law is None or _kind(law) != kind:
            continue
        bound = run.ceiling(variant), run.ceiling(variant, most=True)
        costs = {
            "c": run.median(_cpu_s, variant),
            "w": run.median(quantities.wait, variant),
        }
        name = f"{run.scenario.name}.{variant}"
        yield {
            "run": run,
            "variant": variant,
            "formula": FORMULAS[kind],
            "n": write.fact(f"{name}.n", f"{law.amount:g}") if law.amount > 1 else "",
            **{of: write.fact(f"{name}.{of}", wording.ms(one or 0.0)) for of, one in costs.items()},
            "predicted": write.fact(f"{name}.ceiling", wording.ceiling(*bound)),
        }


def _preferred(scenario: Scenario) -> tuple[int, bool]:
    """Return how early a scenario is looked at: the best known first, then those of the map."""
    known = scenario.name in EXPLAINED
    return (EXPLAINED.index(scenario.name) if known else len(EXPLAINED), scenario.home != MAP)


def _cpu_s(one: Measurement) -> float | None:
    return one.closed.cpu_per_request_s if one.closed else None


def _law(run: ScenarioRun, variant: str) -> Law | None:
    laws = Counter(one.law for one in run.ceilings(variant) if one.law)
    return laws.most_common(1)[0][0] if laws else None


def _kind(law: Law) -> str:
    kinds = {"place": "one" if law.amount == 1 else "places", "connection": "connections"}
    return kinds.get(law.resource, law.resource if law.amount == 1 else "")


def the_map(write: Writer) -> Content:
    """The map, where awaiting surely brings most on it, and where blocking surely costs most."""
    whole = (map_of(one) for one in families(write.document) if one.complete)
    figure = next((one for one in whole if one), None)
    names = [run.scenario.name for run in figure.map.runs] if figure else []
    brings = [one for name in names if (one := write.pair(name, AWAITING, THREADED))]
    costs = [one for name in names if (one := write.pair(name, BLOCKING, THREADED))]
    if not (figure and brings and costs):
        return None
    lead = max(brings, key=lambda one: one.sure[0])
    held, misses = figure.map.held_out, figure.map.misses
    return {
        "lead": lead,
        "title": write.title("map", lead),
        "costs": min(costs, key=lambda one: one.sure[1]),
        "hits": write.fact(f"{MAP}.hits", len(held) - len(misses)),
        "held": write.fact(f"{MAP}.held", len(held)),
        "picture": figure.picture,
    }


def pairs(wanted: Pairs, slide: str, write: Writer) -> Content:
    """Comparisons below each other, with what was before and after; the first is the title."""
    found = [one for three in wanted if (one := write.pair(*three))]
    if not found:
        return None
    first = found[0].run.scenario.name == wanted[0][0]
    if slide != "traps" and first:
        return {"lead": found[0], "title": write.title(slide, found[0]), "pairs": found}
    return {"lead": None, "title": words(f"deck.{slide}.about"), "pairs": found}


def cliff(write: Writer) -> Content:
    """Goodput over the number of clients."""
    lead = write.pair(CLIFF)
    found = [one for one in lines(lead.run) if one.name == "sweep"] if lead else []
    if lead is None or not found:
        return None
    return {"lead": lead, "title": write.title("cliff", lead), "lines": found[0]}


def forest(write: Writer) -> Content:
    """Every answer of the run, but for groups that are measured apart, where there are others."""
    found = answers(write.document)
    if found is None:
        return None
    apart = {language.group(name) for name in APART}
    groups = [one for one in found.groups if one.heading not in apart] or found.groups
    shown = replace(found, groups=tuple(groups), missing=())
    missing = write.fact("unanswered", len(found.missing)) if found.missing else ""
    return {"columns": _columns(shown), "missing": missing}


def _columns(found: Answers) -> list[Answers]:
    """Return a forest as a column, or as two where one has no room."""
    many, ends = len(found.rows), 0
    if many <= ROWS:
        return [found]
    columns: tuple[list[Group], list[Group]] = ([], [])
    for group in found.groups:
        ends += len(group.rows)
        columns[2 * ends - len(group.rows) > many].append(group)
    return [replace(found, groups=tuple(one)) for one in columns if one]


def tax(write: Writer) -> Content:
    """What one request pays for a convenience, and what another event loop is worth."""
    run = write.first(TAX)
    table = taxes(run) if run else None
    if run is None or table is None:
        return None
    rows = [
        (
            write.does(run, variant.text),
            write.fact(f"{TAX}.{variant}.more", f"{more.text} µs"),
            write.fact(f"{TAX}.{variant}.interval", more.interval),
            "unclear" if more.remark else "",
        )
        for variant, _, more, _ in table.rows
    ]
    loops = [one for name in write.runs if (one := write.pair(name, "uvloop", "asyncio"))]
    return {"rows": rows, "loops": loops, "over": write.does(run, run.scenario.baseline.name)}


def how(write: Writer) -> Content:
    """How much was measured, what was thrown away, and which claims were changed."""
    runs = [one.run for one in write.document.sections]
    void = [one for run in runs for one in run.answer.void]
    reasons = Counter(why for one in void for why in one.why)
    judged = Counter(judgement for run in runs for _, _, judgement in run.claims)
    changed = [
        (_expected(write, claim, pair), pair)
        for run in runs
        for claim, contrast, _ in run.claims
        if claim.expected and contrast.gain
        for pair in [Pair(run, contrast)]
    ]
    return {
        "blocks": write.fact("blocks", sum(len(run.blocks) for run in runs)),
        "void": write.fact("void", len(void)),
        "reasons": [
            (write.fact(f"{one.name}.blocks", many), write.fact(one.name, language.reason(one)[0]))
            for one, many in reasons.most_common(2)
        ],
        "judged": [
            (one, write.fact(f"claims.{one}", judged[one]))
            for one in Judgement
            if judged[one] and one is not Judgement.INVALID
        ],
        "rewritten": write.fact("claims.rewritten", _rewritten(runs)),
        "changed": changed[:CHANGED],
        "shown": write.fact("claims.shown", len(changed[:CHANGED])),
        "all": write.fact("claims.changed", len(changed)),
    }


def _rewritten(runs: list[ScenarioRun]) -> int:
    """Count the confirmed claims that were changed after earlier data."""
    confirmed = (one for run in runs for one, _, how in run.claims if how is Judgement.CONFIRMED)
    return sum(bool(one.expected) for one in confirmed)


def _expected(write: Writer, claim: Claim, pair: Pair) -> Markup:
    """Write what was expected of a claim that was changed."""
    return write.fact(f"{pair.id}.expected", language.expected(claim.expected))


def limits(write: Writer) -> Content:
    """What it does not show."""
    record = write.document.sections[0].run.record
    return {"machine": write.fact("machine", processor(record) or record.asked.on)}


def app(write: Writer) -> Content:
    """Your own app, and one decision tree."""
    del write
    return {}


Shows = Callable[[Writer], Content]
