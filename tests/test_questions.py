"""The page on questions of other kinds: what a request costs, when an app fails, how many clients it bears."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest

from harness.cli import progress
from harness.judge.statistics import Interval
from harness.model.facts import Measurement
from harness.model.scenario import Claim, capacity
from harness.report import code, findings, tables, wording
from harness.report import reading as seen
from harness.report.reading import Reading
from harness.report.render.page import page
from harness.report.render.summary import overview, summary
from tests.questions import QUESTIONS, TAXES, measured, question, variant  # type: ignore[import-not-found,unused-ignore]  # pytest puts it there


def test_a_tax_is_a_difference_in_microseconds(readings: dict[str, Reading], drawn: str) -> None:
    """With its interval, of the time and of the CPU; what may be nothing says so; where something else decides there is no such table."""
    rows = {row[0]: row[1:] for row in findings.taxes(readings["tax"])}
    assert list(rows) == list(TAXES)[1:]
    for name, tax in list(TAXES.items())[1:]:
        over, *found = rows[name]
        assert over == "bare"
        for cell, expected_us in zip(found, (1e6 * tax, 1e6 * tax / 2), strict=True):
            estimate, low, high = (
                float(part)
                for part in cell.partition("]")[0].replace(" [", " ").replace(" to ", " ").split()
            )
            assert low <= estimate <= high
            assert low - 0.5 <= expected_us <= high + 0.5
            assert cell.endswith("which may be nothing") == (low <= 0 <= high)
    assert "which may be nothing" in rows["awaiting_once"][1]
    assert [findings.taxes(readings[name]) for name in ("leak", "chunk", "cliff")] == [[], [], []]
    assert drawn.count("The tax, one request at a time") == 1
    assert "| sent_to_a_thread | bare | " in drawn


def test_a_share_file_is_said_to_be_shared(readings: dict[str, Reading]) -> None:
    """With what differs in the budget; a diff is shown of other files alone, and a file that all share once."""
    cliff = readings["cliff"]
    shown_code = code.shown(cliff)
    assert (
        "enlarged is held.py as well, like held; what differs is the budget: connections 40 instead of 10."
        in shown_code
    )
    assert shown_code.count('<table class="diff">') == 1
    alone = replace(cliff, scenario=cliff.scenario.without(["brief"]))
    assert code.shown(alone).count("# &lt;held&gt;") == 1
    assert code.sharing(
        cliff.scenario, variant("twin", file="held"), cliff.scenario.baseline
    ).endswith("nothing differs.")
    assert (
        code.shown(replace(cliff, asked=replace(cliff.asked, code={})))
        == "<p>The code is not on record.</p>"
    )


def test_a_specimen_tells_in_order_who_sees_it_how_it_shows_what_it_costs_what_mends_it_and_when(
    readings: dict[str, Reading],
) -> None:
    """The fix is whatever was claimed to be better than the baseline, and is."""
    rows = findings.specimen(readings["cliff"])
    assert [name for name, _ in rows] == [
        "linter",
        *(f"{name} at run time" for name in ("held", "enlarged", "brief")),
        *(f"CPU of {name}" for name in ("enlarged", "brief", "brief")),
        "fix",
        *(
            f"{name} against {over}"
            for name, over in (("enlarged", "held"), ("brief", "held"), ("brief", "enlarged"))
        ),
    ]
    told = dict(rows)
    assert told["linter"].startswith("no linter sees this: ")
    assert told["fix"].startswith("enlarged (the same thing")
    assert told["fix"].count("brief (the same thing") == 1
    assert told["brief against held"].startswith("shows from 60 clients on: held collapses")
    assert told["brief against enlarged"].startswith("shows from 100 clients on: ")
    assert dict(findings.specimen(readings["tax"]))["fix"] == "none is claimed"
    assert dict(findings.specimen(readings["tax"]))["sent_to_a_thread against bare"].startswith(
        "shows with one request at a time: "
    )
    assert dict(findings.specimen(readings["leak"]))["closed against forgotten"].startswith(
        "shows at any load, once enough requests were made: "
    )
    assert dict(findings.specimen(readings["chunk"]))["by_loop against by_thread"].startswith(
        "shows with 64 clients: "
    )
    flagged = replace(
        readings["tax"].scenario, variants=(replace(variant("bare"), flagged=("ASYNC210",)),)
    )
    assert (
        dict(findings.specimen(replace(readings["tax"], scenario=flagged)))["linter"]
        == "ruff's ASYNC rules find ASYNC210 in bare.py"
    )


def test_a_claim_that_failed_is_no_fix(tmp_path: Path) -> None:
    """It is named as what did not do; and to be as good as the baseline mends nothing."""
    (reading,) = measured(
        tmp_path / "run", replace(QUESTIONS["chunk"], claims=(Claim("by_loop", "by_thread", 5),))
    )
    assert (
        dict(findings.specimen(reading))["fix"]
        == "none that is confirmed here: by_loop at least 5× better than by_thread"
    )
    (reading,) = measured(
        tmp_path / "other",
        replace(QUESTIONS["chunk"], claims=(Claim("by_loop", "by_thread", 0.9),)),
    )
    assert dict(findings.specimen(reading))["fix"] == "none is claimed"


def test_what_was_expected_stands_beside_the_claim(readings: dict[str, Reading]) -> None:
    """In every table and on the terminal, and nowhere else."""
    says = {row[0]: row[1] for row in tables.claims(list(readings.values()))}
    assert (
        says["chunk"]
        == "by_loop at least 1.3× better than by_thread, by CPU per chunk (expected beforehand: at least twice as good)"
    )
    assert "expected" not in says["cliff"]
    assert (
        "by_loop at least 1.3× better than by_thread (expected beforehand: at least twice as good)"
        in progress.told(readings["chunk"].answer)
    )


def test_what_was_not_measured_is_named_with_its_remedy(
    readings: dict[str, Reading], drawn: str
) -> None:
    """On the page and in the summary; where everything was measured neither mentions it."""
    assert drawn.count("Not measured here") == 2
    assert (
        "mongo_find: there is no MongoDB &amp; no container. <em>Remedy:</em> apt-get install mongodb."
        in drawn
    )
    assert (
        "- mongo_find: there is no MongoDB & no container. Remedy: apt-get install mongodb."
        in drawn
    )
    whole = replace(readings["tail"], asked=replace(readings["tail"].asked, skipped=()))
    assert "Not measured here" not in page([whole], {}) + summary([whole])


def test_questions_are_grouped(readings: dict[str, Reading], drawn: str) -> None:
    """In the order of the groups, on the page and in its contents."""
    assert list(readings) == ["tail", "leak", "cliff", "tax", "chunk"]
    contents = drawn.partition("<nav")[2].partition("</nav>")[0]
    places = [
        contents.index(part)
        for part in (
            "<h3>clients",
            "#tail",
            "<h3>connections",
            "#leak",
            "#cliff",
            "<h3>threads",
            "#tax",
            "<h3>streaming",
            "#chunk",
        )
    ]
    assert places == sorted(places)
    assert contents.count("<h3>") == 4


def test_the_overview_says_each_answer_in_one_line(readings: dict[str, Reading]) -> None:
    """The best of what was claimed to mend the baseline; every tax; and of what has no answer, that it has none."""
    rows = {line.split("`")[1]: line for line in overview(list(readings.values())).splitlines()[2:]}
    assert rows["cliff"].startswith("| connections | [`cliff`](scenarios/cliff/) | held collapses")
    assert "that of enlarged is not" in rows["cliff"]
    assert rows["chunk"].startswith(
        "| streaming | [`chunk`](scenarios/chunk/) | the CPU per chunk is "
    )
    assert "(95 % CI " in rows["chunk"]
    said = rows["tax"].partition("µs that a request takes more than bare: sent_to_a_thread ")[2]
    assert said.count(" to ") == len(TAXES) - 1
    assert "which may be nothing; acquiring_connections " in said
    assert all(line.count(" | ") == 2 for line in rows.values())


def test_the_overview_prefers_the_largest_gain_that_was_claimed(tmp_path: Path) -> None:
    """To one that is larger and was not, and to a claim over another variant."""
    better = {"second": 1.5, "third": 2.0, "fourth": 3.0}
    claims = (
        Claim("second", "first", 1.2),
        Claim("third", "first", 1.2),
        Claim("fourth", "second", 1.2),
    )
    asked = question("rank", "clients", capacity, "first", *better, claims=claims)

    def factor(one: Measurement) -> Measurement:
        return replace(
            one,
            closed=replace(
                one.closed, good=round(one.closed.good / 4 * better.get(one.trial.variant, 1.0))
            ),
        )

    assert "| third has " in overview(measured(tmp_path / "run", asked, change=factor))
    unclaimed = replace(asked, name="unclaimed", claims=())
    assert "| fourth has " in overview(measured(tmp_path / "other", unclaimed, change=factor))
    assert "no answer, the smoke profile" in overview(
        measured(tmp_path / "smoke", asked, profile="smoke")
    )


def test_a_budget_of_its_own_is_among_the_conditions(readings: dict[str, Reading]) -> None:
    """And so are the further closed loops; where nothing was offered by a schedule, that is said."""
    cliff = dict(tables.conditions(readings["cliff"]))
    assert (
        cliff["budget"]
        == "workers 1, threads 40, connections 10; enlarged: workers 1, threads 40, connections 40"
    )
    assert "64 clients in the closed loop, in further ones 50, 60, 100" in cliff["workload"]
    assert cliff["offered"] == "no open load"
    assert "open loads" not in cliff["profile"]
    assert "open loads for" in dict(tables.conditions(readings["tail"]))["profile"]


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (0.89, "surprise: below"),
        (0.91, "explained by arithmetic"),
        (1.09, "explained by arithmetic"),
        (1.11, "surprise: above"),
    ],
)
def test_a_capacity_is_explained_within_a_tenth_of_its_ceiling(
    tmp_path: Path, share: float, said: str
) -> None:
    """On either side."""
    (reading,) = measured(
        tmp_path / "run",
        QUESTIONS["leak"],
        change=lambda one: replace(one, ceiling=one.closed.goodput / share),
        profile="smoke",
    )
    assert seen.prediction(reading, "closed").startswith(said)


def test_the_smallest_ceiling_is_known_without_an_open_load(readings: dict[str, Reading]) -> None:
    """It is the smallest of those that were found."""
    assert seen.smallest_ceiling(readings["cliff"]) == pytest.approx(
        min(seen.ceiling(readings["cliff"], one) for one in ("held", "enlarged", "brief"))
    )


def test_a_gain_without_end_is_said_in_words() -> None:
    """Neither way is there a factor to write."""
    assert (
        wording.gain(Interval(math.inf, math.inf, math.inf, 6))
        == "infinitely better in every block"
    )
    assert wording.gain(Interval(0, 0, 0, 6)) == "infinitely worse in every block"
    assert findings.distance(Interval(0, 0, 0, 6)) == math.inf
