"""The report of questions of other kinds: what a request costs, when an app fails, how many clients it bears."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.text import Annotation, Text

from harness import conduct, plan
from harness.catalogue import catalogue
from harness.measurement import Measurement
from harness.records import Asked, Run, Skipped
from harness.report import bars, code, progress, specimen, style, sweep, tables, words
from harness.report import reading as seen
from harness.report.draw import CHARTS, draw, shown
from harness.report.page import page
from harness.report.reading import Reading
from harness.report.slide import Label, fitting, slide, wrapped
from harness.report.slide import measured as measured_width
from harness.report.summary import overview, summary
from harness.scenario import Budget, Claim, Metric, Scenario, Variant, capacity, cpu_per, goodput_of, p99, time_alone, until_failure
from harness.stage.simulated import simulator
from harness.stats import Interval
from harness.theory import event_loop

BASE = catalogue()["postgres_read"]
ENLARGED = Budget(threads=40, connections=40)
TAXES = {"bare": 0.0, "sent_to_a_thread": 40e-6, "awaiting_once": 0.0, "acquiring_connections": 9e-6, "yield_dependency": -25e-6, "with_response_model": 12e-6}
COLLAPSES = {"held": 55, "enlarged": 80}  # from so many clients on
SKIPPED = Skipped("mongo_find", "there is no MongoDB & no container", "apt-get install mongodb")


def variant(name: str, file: str = "", budget: Budget | None = None) -> Variant:
    """Make a variant that needs nothing."""
    return Variant(name, "the same thing in another way, told at length", "loop", event_loop(10), file=file, budget=budget)


def question(name: str, group: str, primary: Metric, *variants: str, claims: Sequence[Claim] = ()) -> Scenario:
    """Ask something else of other variants, without an open load."""
    return replace(BASE, name=name, group=group, primary=primary, variants=tuple(map(variant, variants)), claims=tuple(claims), loads=())


QUESTIONS = {
    one.name: one
    for one in (
        question("tax", "threads", time_alone, *TAXES),
        question("leak", "connections", until_failure, "forgotten", "closed"),
        question("chunk", "streaming", cpu_per("chunk", 100), "by_thread", "by_loop", claims=[Claim("by_loop", "by_thread", 1.3, "at least twice as good")]),
        replace(question("tail", "clients", capacity, "waiting", "racing"), primary=p99(0.5), loads=(0.5,)),
        replace(
            question("cliff", "connections", capacity),
            primary=goodput_of(100),
            sweep=(50, 60, 100),
            variants=(variant("held"), variant("enlarged", file="held", budget=ENLARGED), variant("brief")),
            claims=(Claim("enlarged", "held", 2), Claim("brief", "held", 10), Claim("brief", "enlarged", 2)),
        ),
    )
}


def changed(one: Measurement) -> Measurement:
    """Give a simulated measurement what its variant is about."""
    name, chance = one.trial.variant, random.Random(repr(one.trial))
    tax = TAXES.get(name, 0.0)
    assert one.alone is not None
    alone = replace(one.alone, median_s=3e-4 + tax + chance.gauss(0, 1e-6), work_cpu_s=2e-4 + tax / 2 + chance.gauss(0, 1e-6))
    left = {"held": 0, "enlarged": 40 + one.trial.block}  # requests of a closed loop that collapses
    cells = (replace(cell, good=left[name] if cell.clients >= COLLAPSES.get(name, math.inf) else cell.sent) for cell in one.sweep)
    cpu_s = one.closed.cpu_s * (2 if name == "by_thread" else 1) * chance.lognormvariate(0, 0.01)
    return replace(one, alone=alone, sweep=tuple(cells), closed=replace(one.closed, cpu_s=cpu_s))


def measured(folder: Path, *scenarios: Scenario, change: Callable[[Measurement], Measurement] = changed, profile: str = "quick") -> list[Reading]:
    """Simulate a run, and read it."""
    run, drive = Run(folder), simulator(scenarios)
    written = {f"{one.name}/{variant.name}": f"# <{variant.source}>" for one in scenarios for variant in one.variants}
    run.create(Asked(profile=profile, on="simulated", seed=0, commit="abc", fingerprint="", scenarios=scenarios, code=written, skipped=(SKIPPED,)))
    for one in scenarios:
        list(conduct.conduct(one, plan.PROFILES[profile], 0, lambda trial: change(drive(trial)), run))
    return seen.read(run)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the run of all questions is."""
    return tmp_path_factory.mktemp("results") / "now"


@pytest.fixture(scope="module")
def readings(folder: Path) -> dict[str, Reading]:
    """All questions, measured, by name."""
    return {one.scenario.name: one for one in measured(folder, *QUESTIONS.values())}


@pytest.fixture(scope="module")
def drawn(folder: Path, readings: dict[str, Reading]) -> str:
    """Their page, and the summary after it."""
    assert readings
    return draw(Run(folder)).read_text() + (folder / "report" / "summary.md").read_text()


def written(figure: Figure) -> list[Text]:
    """Find the letters of a figure that lie on it, its watermark aside."""
    figure.canvas.draw()
    beyond = set()
    for axis in (axis for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)):
        low, high = sorted(axis.get_view_interval())
        beyond |= {id(tick.label1) for tick in axis.get_major_ticks() if not low <= tick.get_loc() <= high}
    found = [text for text in figure.findobj(Text) if isinstance(text, Text) and text.get_visible() and text.get_text().strip()]
    return [text for text in found if text.get_text() != "SIMULATED" and id(text) not in beyond]


def widths(axes: Axes) -> list[float]:
    """Measure the bars."""
    return [patch.get_width() for patch in axes.patches if isinstance(patch, Rectangle)]


def test_every_question_has_a_chart_of_what_decides_it(readings: dict[str, Reading]) -> None:
    """It comes first; bars are drawn only where no other chart shows the metric, and nothing of open loads where there were none."""
    assert {name: shown(reading) for name, reading in readings.items()} == {
        "tax": ["deciding", "capacity", "time", "monitor"],
        "leak": ["deciding", "capacity", "time", "monitor"],
        "chunk": ["deciding", "capacity", "time", "monitor"],
        "tail": ["latency", "capacity", "bystander", "time", "monitor"],
        "cliff": ["sweep", "capacity", "time", "monitor"],
    }


@pytest.mark.parametrize("name", QUESTIONS)
def test_no_letter_of_it_is_covered_or_cut_off(readings: dict[str, Reading], name: str) -> None:
    """Not of six variants with long names either, nor of what collapses or never fails."""
    for what in shown(readings[name]):
        with style.drawing():
            boxes = [(text.get_text(), text.get_window_extent()) for text in written(CHARTS[what](readings[name]))]
        for number, (text, box) in enumerate(boxes):
            assert 0 <= box.x0 <= box.x1 <= style.WIDTH, (what, text)
            assert 0 <= box.y0 <= box.y1 <= style.HEIGHT, (what, text)
            for other, beside in boxes[number + 1 :]:
                assert box.x1 <= beside.x0 or beside.x1 <= box.x0 or min(box.y1, beside.y1) - max(box.y0, beside.y0) <= 3, (what, text, other)


def test_a_tail_is_drawn_by_its_own_percentile(readings: dict[str, Reading]) -> None:
    """Its chart says the metric that decides."""
    with style.drawing():
        said = " ".join(text.get_text() for text in written(CHARTS["latency"](readings["tail"])))
    assert "p99" in said
    assert "p50" not in said
    assert "exploratory" not in said


def test_costs_are_drawn_in_microseconds(readings: dict[str, Reading]) -> None:
    """As long as they are written."""
    with style.drawing():
        figure = bars.chart(readings["chunk"])
    found = seen.typical(readings["chunk"], cpu_per("chunk", 100), "by_thread")
    assert found is not None
    assert figure.axes[0].get_xlabel() == "CPU per chunk, µs"
    assert max(widths(figure.axes[0])) == pytest.approx(1e6 * found.estimate)
    assert words.quantity(found.estimate, cpu_per("chunk", 100)) in {text.get_text() for text in written(figure)}


def test_what_never_fails_leaves_the_chart(readings: dict[str, Reading]) -> None:
    """Its bar goes beyond the edge, an arrow says so, and so do the words; what failed keeps its place."""
    with style.drawing():
        figure = bars.chart(readings["leak"])
    axes = figure.axes[0]
    assert 1.2 * min(widths(axes)) < axes.get_xlim()[1] < max(widths(axes))
    assert axes.get_position().x1 * style.WIDTH + bars.ARROW * style.DPI / 72 < bars.COLUMN - 60  # where the marks beside begin
    assert len([text for text in axes.texts if isinstance(text, Annotation) and text.arrow_patch is not None]) == 1
    said = " ".join(text.get_text() for text in written(figure))
    assert "none failed in 6 blocks" in said
    assert "inf" not in said
    assert len(axes.get_xticks()) > 2
    whole = replace(readings["leak"], scenario=replace(QUESTIONS["leak"], variants=(variant("closed"),)))
    with style.drawing():
        assert list(bars.chart(whole).axes[0].get_xticks()) == []
    heads, rows = tables.variants(readings["leak"])
    assert rows[1][heads.index("requests until failure, requests (decides)")] == "none failed"


def test_a_collapse_lies_where_the_rule_puts_it(readings: dict[str, Reading]) -> None:
    """A dashed line per budget at its threads and connections; the line of what collapses goes down to 0 within the axes."""
    with style.drawing():
        axes = sweep.chart(readings["cliff"]).axes[0]
    texts = {text.get_text() for text in axes.texts}
    assert {"40 + 10 = 50", "enlarged: 40 + 40 = 80"} <= texts
    lines = [np.asarray(line.get_xydata(), float) for line in axes.lines]
    assert {50.0, 80.0} == {line[0, 0] for line in lines if len(line) == 2 and line[0, 0] == line[1, 0] > 1}
    assert axes.get_ylim()[0] < min(line[:, 1].min() for line in lines if len(line) == 4) == 0
    assert [int(tick) for tick in axes.get_xticks()] == [50, 60, 64, 100]


def test_names_of_cliffs_stand_above_each_other_where_they_would_touch(readings: dict[str, Reading]) -> None:
    """Nearer than their letters are wide."""
    cliff = readings["cliff"]
    near = tuple(variant(f"pool_of_{size}", budget=Budget(threads=40, connections=size)) for size in (20, 21, 22))
    crowded = replace(cliff, scenario=replace(cliff.scenario, variants=(cliff.scenario.baseline, *near), claims=()))
    with style.drawing():
        figure = sweep.chart(cliff)
        assert [row for *_, row in sweep.cliffs(figure, crowded, 12.0)] == [0, 1, 2, 3]
        assert [row for *_, row in sweep.cliffs(figure, cliff, 12.0)] == [0, 0]


def test_a_word_that_is_wider_than_its_line_is_broken(readings: dict[str, Reading]) -> None:
    """After one of its signs, and nothing of it is lost."""
    figure, text = slide(readings["tax"], ["a title"], "").figure, "calls asyncio.gather(return_exceptions=True) once"
    lines = wrapped(figure, text, 24, 370)
    assert lines == ["calls asyncio.gather(", "return_exceptions=True) once"]
    assert all(measured_width(figure, line, 24) <= 370 for line in lines)


def test_labels_lose_their_last_lines_before_they_run_over() -> None:
    """All of them alike."""
    look = style.LOOKS["awaits"]
    labels = [Label(0, 0, look, "first", ("a", "b", "c")), Label(0, 1, look, "second", ("a",))]
    assert fitting(labels, 1000) == labels
    assert [len(label.lines) for label in fitting(labels, 200)] == [2, 1]
    assert [len(label.lines) for label in fitting(labels, 10)] == [0, 0]


def test_a_title_has_room_for_few_sentences(readings: dict[str, Reading]) -> None:
    """Of many comparisons the claimed ones come first, and the others are counted."""
    answer = readings["tax"].answer
    claimed = replace(QUESTIONS["tax"], claims=(Claim("with_response_model", "bare", 0.5),))
    many = replace(readings["tax"], scenario=claimed, answer=replace(answer, contrasts=(*answer.contrasts, *answer.contrasts[:1])))
    said = seen.titles(many, time_alone)
    assert len(said) == seen.MOST
    assert "with_response_model" in said[0]
    assert said[-1] == "and 2 more comparisons"
    assert len(seen.titles(readings["tax"], time_alone)) == 5


def test_a_tax_is_a_difference_in_microseconds(readings: dict[str, Reading], drawn: str) -> None:
    """With its interval, of the time and of the CPU; what may be nothing says so; where something else decides there is no such table."""
    rows = {row[0]: row[1:] for row in specimen.taxes(readings["tax"])}
    assert list(rows) == list(TAXES)[1:]
    for name, tax in list(TAXES.items())[1:]:
        over, *found = rows[name]
        assert over == "bare"
        for cell, expected_us in zip(found, (1e6 * tax, 1e6 * tax / 2), strict=True):
            estimate, low, high = (float(part) for part in cell.partition("]")[0].replace(" [", " ").replace(" to ", " ").split())
            assert low <= estimate <= high
            assert low - 0.5 <= expected_us <= high + 0.5
            assert cell.endswith("which may be nothing") == (low <= 0 <= high)
    assert "which may be nothing" in rows["awaiting_once"][1]
    assert [specimen.taxes(readings[name]) for name in ("leak", "chunk", "cliff")] == [[], [], []]
    assert drawn.count("The tax, one request at a time") == 1
    assert "| sent_to_a_thread | bare | " in drawn


def test_a_share_file_is_said_to_be_shared(readings: dict[str, Reading]) -> None:
    """With what differs in the budget; a diff is shown of other files alone, and a file that all share once."""
    cliff = readings["cliff"]
    shown_code = code.shown(cliff)
    assert "enlarged is held.py as well, like held; what differs is the budget: connections 40 instead of 10." in shown_code
    assert shown_code.count('<table class="diff">') == 1
    alone = replace(cliff, scenario=cliff.scenario.without(["brief"]))
    assert code.shown(alone).count("# &lt;held&gt;") == 1
    assert code.sharing(cliff.scenario, variant("twin", file="held"), cliff.scenario.baseline).endswith("nothing differs.")
    assert code.shown(replace(cliff, asked=replace(cliff.asked, code={}))) == "<p>The code is not on record.</p>"


def test_a_specimen_tells_in_order_who_sees_it_how_it_shows_what_it_costs_what_mends_it_and_when(readings: dict[str, Reading]) -> None:
    """The fix is whatever was claimed to be better than the baseline, and is."""
    rows = specimen.specimen(readings["cliff"])
    assert [name for name, _ in rows] == [
        "linter",
        *(f"{name} at run time" for name in ("held", "enlarged", "brief")),
        *(f"CPU of {name}" for name in ("enlarged", "brief", "brief")),
        "fix",
        *(f"{name} against {over}" for name, over in (("enlarged", "held"), ("brief", "held"), ("brief", "enlarged"))),
    ]
    told = dict(rows)
    assert told["linter"].startswith("no linter sees this: ")
    assert told["fix"].startswith("enlarged (the same thing")
    assert told["fix"].count("brief (the same thing") == 1
    assert told["brief against held"].startswith("shows from 60 clients on: held collapses")
    assert told["brief against enlarged"].startswith("shows from 100 clients on: ")
    assert dict(specimen.specimen(readings["tax"]))["fix"] == "none is claimed"
    assert dict(specimen.specimen(readings["tax"]))["sent_to_a_thread against bare"].startswith("shows with one request at a time: ")
    assert dict(specimen.specimen(readings["leak"]))["closed against forgotten"].startswith("shows at any load, once enough requests were made: ")
    assert dict(specimen.specimen(readings["chunk"]))["by_loop against by_thread"].startswith("shows with 64 clients: ")
    flagged = replace(readings["tax"].scenario, variants=(replace(variant("bare"), flagged=("ASYNC210",)),))
    assert dict(specimen.specimen(replace(readings["tax"], scenario=flagged)))["linter"] == "ruff's ASYNC rules find ASYNC210 in bare.py"


def test_a_claim_that_failed_is_no_fix(tmp_path: Path) -> None:
    """It is named as what did not do; and to be as good as the baseline mends nothing."""
    (reading,) = measured(tmp_path / "run", replace(QUESTIONS["chunk"], claims=(Claim("by_loop", "by_thread", 5),)))
    assert dict(specimen.specimen(reading))["fix"] == "none that is confirmed here: by_loop at least 5× better than by_thread"
    (reading,) = measured(tmp_path / "other", replace(QUESTIONS["chunk"], claims=(Claim("by_loop", "by_thread", 0.9),)))
    assert dict(specimen.specimen(reading))["fix"] == "none is claimed"


def test_what_was_expected_stands_beside_the_claim(readings: dict[str, Reading]) -> None:
    """In every table and on the terminal, and nowhere else."""
    says = {row[0]: row[1] for row in tables.claims(list(readings.values()))}
    assert says["chunk"] == "by_loop at least 1.3× better than by_thread, by CPU per chunk (expected beforehand: at least twice as good)"
    assert "expected" not in says["cliff"]
    assert "by_loop at least 1.3× better than by_thread (expected beforehand: at least twice as good)" in progress.told(readings["chunk"].answer)


def test_what_was_not_measured_is_named_with_its_remedy(readings: dict[str, Reading], drawn: str) -> None:
    """On the page and in the summary; where everything was measured neither mentions it."""
    assert drawn.count("Not measured here") == 2
    assert "mongo_find: there is no MongoDB &amp; no container. <em>Remedy:</em> apt-get install mongodb." in drawn
    assert "- mongo_find: there is no MongoDB & no container. Remedy: apt-get install mongodb." in drawn
    whole = replace(readings["tail"], asked=replace(readings["tail"].asked, skipped=()))
    assert "Not measured here" not in page([whole], {}) + summary([whole])


def test_questions_are_grouped(readings: dict[str, Reading], drawn: str) -> None:
    """In the order of the groups, on the page and in its contents."""
    assert list(readings) == ["tail", "leak", "cliff", "tax", "chunk"]
    contents = drawn.partition("<nav")[2].partition("</nav>")[0]
    places = [contents.index(part) for part in ("<h3>clients", "#tail", "<h3>connections", "#leak", "#cliff", "<h3>threads", "#tax", "<h3>streaming", "#chunk")]
    assert places == sorted(places)
    assert contents.count("<h3>") == 4


def test_the_overview_says_each_answer_in_one_line(readings: dict[str, Reading]) -> None:
    """The best of what was claimed to mend the baseline; every tax; and of what has no answer, that it has none."""
    rows = {line.split("`")[1]: line for line in overview(list(readings.values())).splitlines()[2:]}
    assert rows["cliff"].startswith("| connections | [`cliff`](scenarios/cliff/) | held collapses")
    assert "that of enlarged is not" in rows["cliff"]
    assert rows["chunk"].startswith("| streaming | [`chunk`](scenarios/chunk/) | the CPU per chunk is ")
    assert "(95 % CI " in rows["chunk"]
    said = rows["tax"].partition("µs that a request takes more than bare: sent_to_a_thread ")[2]
    assert said.count(" to ") == len(TAXES) - 1
    assert "which may be nothing; acquiring_connections " in said
    assert all(line.count(" | ") == 2 for line in rows.values())


def test_the_overview_prefers_the_largest_gain_that_was_claimed(tmp_path: Path) -> None:
    """To one that is larger and was not, and to a claim over another variant."""
    better = {"second": 1.5, "third": 2.0, "fourth": 3.0}
    claims = (Claim("second", "first", 1.2), Claim("third", "first", 1.2), Claim("fourth", "second", 1.2))
    asked = question("rank", "clients", capacity, "first", *better, claims=claims)

    def factor(one: Measurement) -> Measurement:
        return replace(one, closed=replace(one.closed, good=round(one.closed.good / 4 * better.get(one.trial.variant, 1.0))))

    assert "| third has " in overview(measured(tmp_path / "run", asked, change=factor))
    unclaimed = replace(asked, name="unclaimed", claims=())
    assert "| fourth has " in overview(measured(tmp_path / "other", unclaimed, change=factor))
    assert "no answer, the smoke profile" in overview(measured(tmp_path / "smoke", asked, profile="smoke"))


def test_a_budget_of_its_own_is_among_the_conditions(readings: dict[str, Reading]) -> None:
    """And so are the further closed loops; where nothing was offered by a schedule, that is said."""
    cliff = dict(tables.conditions(readings["cliff"]))
    assert cliff["budget"] == "workers 1, threads 40, connections 10; enlarged: workers 1, threads 40, connections 40"
    assert "64 clients in the closed loop, in further ones 50, 60, 100" in cliff["workload"]
    assert cliff["offered"] == "no open load"
    assert "open loads" not in cliff["profile"]
    assert "open loads for" in dict(tables.conditions(readings["tail"]))["profile"]


@pytest.mark.parametrize(
    ("share", "said"),
    [(0.89, "surprise: below"), (0.91, "explained by arithmetic"), (1.09, "explained by arithmetic"), (1.11, "surprise: above")],
)
def test_a_capacity_is_explained_within_a_tenth_of_its_ceiling(tmp_path: Path, share: float, said: str) -> None:
    """On either side."""
    (reading,) = measured(tmp_path / "run", QUESTIONS["leak"], change=lambda one: replace(one, ceiling=one.closed.goodput / share), profile="smoke")
    assert seen.prediction(reading, "closed").startswith(said)


def test_the_smallest_ceiling_is_known_without_an_open_load(readings: dict[str, Reading]) -> None:
    """It is the smallest of those that were found."""
    assert seen.smallest_ceiling(readings["cliff"]) == pytest.approx(min(seen.ceiling(readings["cliff"], one) for one in ("held", "enlarged", "brief")))


def test_a_gain_without_end_is_said_in_words() -> None:
    """Neither way is there a factor to write."""
    assert words.gain(Interval(math.inf, math.inf, math.inf, 6)) == "infinitely better in every block"
    assert words.gain(Interval(0, 0, 0, 6)) == "infinitely worse in every block"
    assert specimen.distance(Interval(0, 0, 0, 6)) == math.inf
