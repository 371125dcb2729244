"""What is said to questions of other kinds: costs, failures, how many clients are served."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from pathlib import Path

import pytest

from harness.judge.interval import Interval
from harness.model.facts import Measurement
from harness.model.metric import capacity
from harness.model.scenario import Claim
from harness.report import findings, tables, wording
from harness.report.code import code, sharing
from harness.report.document import Document, Section
from harness.report.render import terminal
from harness.report.render.markdown import overview, summary
from harness.report.render.page import page
from tests.support.questions import QUESTIONS, TAXES, question, section, variant


def rows(document: Document) -> dict[str, str]:
    """Return the rows of the overview by scenario."""
    return {line.split("`")[1]: line for line in overview(document).splitlines()[2:]}


def test_a_tax_is_a_difference_in_microseconds(sections: dict[str, Section], written: str) -> None:
    """With its interval, which CPU has not: it was not judged; what may be nothing says so."""
    table = sections["tax"].taxes
    assert table is not None
    found = {row[0].text: row[1:] for row in table.rows}
    assert list(found) == list(TAXES)[1:]
    for name, tax in list(TAXES.items())[1:]:
        over, time, cpu = found[name]
        assert over.text == "bare"
        low, high = map(float, time.interval.split(" to "))
        assert low <= float(time.text) <= high
        assert low - 0.5 <= 1e6 * tax <= high + 0.5
        assert time.remark.endswith("which may be nothing") == (low <= 0 <= high)
        assert float(cpu.text) == pytest.approx(1e6 * tax / 2, abs=3)
        assert not cpu.interval
    assert found["awaiting_once"][1].remark
    assert written.count("<h4>Differences in time, one request at a time") == 1
    assert "| sent_to_a_thread | bare | " in written


def test_only_where_the_time_alone_decides_there_are_taxes(sections: dict[str, Section]) -> None:
    """Elsewhere there is no such table."""
    assert [sections[name].taxes for name in ("leak", "chunk", "cliff")] == [None] * 3


def test_a_share_file_is_said_to_be_shared(sections: dict[str, Section]) -> None:
    """With what differs in the budget; only other files have a diff."""
    cliff = sections["cliff"]
    remark = "enlarged is held.py as well, like held; what differs is the budget: "
    assert cliff.code.remarks == (f"{remark}connections 40 instead of 10.",)
    assert [(diff.before, diff.after) for diff in cliff.code.diffs] == [("held", "brief")]
    alone = code(cliff.run.record.asked, cliff.scenario.drop(["brief"]))
    assert (alone.listing, alone.diffs) == ("# <held>", ())
    twin = variant("twin", file="held")
    assert sharing(cliff.scenario, twin, cliff.scenario.baseline).endswith("nothing differs.")
    served = replace(twin, server="granian", workers=2, python="3.14t")
    assert sharing(cliff.scenario, served, cliff.scenario.baseline).endswith(
        "what differs is the server: granian instead of uvicorn and the worker processes: 2 "
        "instead of 1 and the interpreter: 3.14t instead of this one."
    )
    unknown = code(replace(cliff.run.record.asked, code={}), cliff.scenario)
    assert unknown.remarks == ("The code is not on record.",)


def test_findings_have_an_order(sections: dict[str, Section]) -> None:
    """How to detect it, what it costs, and the fix."""
    assert [name for name, _ in sections["cliff"].findings] == [
        "linter",
        *(f"{name} at run time" for name in ("held", "enlarged", "brief")),
        *(f"CPU of {name}" for name in ("enlarged", "brief")),
        "fix",
    ]


def test_a_fix_is_what_was_claimed_to_be_better_and_is(sections: dict[str, Section]) -> None:
    """Where nothing is claimed to be better than the baseline there is none."""
    said = dict(sections["cliff"].findings)
    assert said["linter"].startswith("no linter sees this: ")
    assert said["fix"].startswith("enlarged (the same thing")
    assert said["fix"].count("brief (the same thing") == 1
    assert dict(sections["tax"].findings)["fix"] == "none is claimed"


def test_nothing_is_said_that_nobody_counted(written: str) -> None:
    """Neither from which load on something shows, nor how fixes compare that were chosen later."""
    assert not re.search(r"shows (from|at|with)|which is [\d.]+×", written)


def test_what_a_linter_finds_is_named_with_its_file(sections: dict[str, Section]) -> None:
    """Its rules, and the file they find something in."""
    run = sections["tax"].run
    flagged = replace(run.scenario, variants=(replace(variant("bare"), flagged=("ASYNC210",)),))
    found = findings.findings(replace(run, design=replace(run.design, scenario=flagged), blocks=()))
    assert dict(found)["linter"] == "ruff's ASYNC rules find ASYNC210 in bare.py"


def test_a_claim_that_failed_is_no_fix(tmp_path: Path) -> None:
    """It is named as what did not help; and to be as good as the baseline mends nothing."""
    for at_least, fix in (
        (5, "none that is confirmed here: by_loop at least 5× better than by_thread"),
        (0.9, "none is claimed"),
    ):
        claims = (Claim("by_loop", "by_thread", at_least),)
        found = section(tmp_path / f"{at_least}", replace(QUESTIONS["chunk"], claims=claims))
        assert dict(found.findings)["fix"] == fix


def test_what_was_expected_stands_beside_the_claim(sections: dict[str, Section]) -> None:
    """In every table and on the terminal, and nowhere else."""
    (claim,) = sections["chunk"].claims
    expected = "(expected beforehand: at least twice as good)"
    assert (
        claim.says == f"by_loop at least 1.3× better than by_thread, by CPU per chunk * {expected}"
    )
    assert not any("expected" in one.says for one in sections["cliff"].claims)
    assert f"✓ confirmed: {claim.says}" in terminal.answer(sections["chunk"])


def test_what_was_not_measured_is_named_with_its_remedy(told: Document, written: str) -> None:
    """On the page and in the summary; where everything was measured neither mentions it."""
    assert written.count("Not measured here") == 2
    why = "mongo_find: there is no MongoDB &amp; no container."
    assert f"{why}\n<em>Remedy:</em> apt-get install mongodb." in written
    assert f"- {why} Remedy: apt-get install mongodb." in written
    whole = replace(told, skipped=(), sections=())
    assert "Not measured here" not in page(whole) + summary(whole)


def test_questions_are_grouped(told: Document, written: str) -> None:
    """In the order of the groups, on the page and in its contents."""
    assert [one.name for one in told.sections] == ["tail", "leak", "cliff", "tax", "chunk"]
    contents = written.partition("<nav")[2].partition("</nav>")[0]
    order = [
        *("<h3>clients", "#tail", "<h3>connections", "#leak", "#cliff"),
        *("<h3>threads", "#tax", "<h3>streaming", "#chunk"),
    ]
    places = [contents.index(part) for part in order]
    assert places == sorted(places)
    assert contents.count("<h3>") == 4


def test_the_overview_says_each_answer_in_one_line(told: Document) -> None:
    """The best of what was claimed to be better than the baseline; of taxes, all of them."""
    found = rows(told)
    does = variant("any").does
    start = f"| connections | [`cliff`](../scenarios/cliff/) | with 100 clients, brief ({does})"
    than = rf" answers at least [\d,.]+× more requests in time than held \({does}\): "
    assert re.match(f"{re.escape(start)}{than}", found["cliff"])
    assert found["chunk"].startswith(
        f"| streaming | [`chunk`](../scenarios/chunk/) | by_loop ({does}) uses "
    )
    assert re.search(r" % less CPU per chunk than .* \([\d.]+× better, 95 % CI ", found["chunk"])
    taxes = f"µs that a request takes more than bare ({does}): sent_to_a_thread ({does}) "
    tax = found["tax"].partition(taxes)[2]
    assert tax.count(" to ") == len(TAXES) - 1
    assert "which may be nothing; acquiring_connections " in tax
    assert all(line.count(" | ") == 2 for line in found.values())


def test_the_overview_prefers_the_largest_gain_that_was_claimed(tmp_path: Path) -> None:
    """To one that is larger and was not, and to a claim over another variant."""
    better = {"second": 1.5, "third": 2.0, "fourth": 3.0}
    claims = [Claim("second", "first", 1.2), Claim("third", "first", 1.2)]
    claims.append(Claim("fourth", "second", 1.2))
    asked = question("rank", "clients", capacity, "first", *better, claims=claims)

    def factor(one: Measurement) -> Measurement:
        if one.closed is None:
            return one
        slope = one.closed.goodput / 4 * better.get(one.trial.variant, 1.0)
        return replace(one, closed=replace(one.closed, slope=slope))

    assert section(tmp_path / "run", asked, change=factor).in_short.startswith("third (")
    unclaimed = replace(asked, name="unclaimed", claims=())
    assert section(tmp_path / "other", unclaimed, change=factor).in_short.startswith("fourth (")
    smoke = section(tmp_path / "smoke", asked, profile="smoke")
    assert smoke.in_short.startswith("not judged (smoke run)")


def test_a_budget_of_its_own_is_among_the_conditions(sections: dict[str, Section]) -> None:
    """And so are the further closed loops; where nothing was offered by a schedule, it says so."""
    cliff = dict(sections["cliff"].conditions)
    shared = "workers 1, threads 40, connections 10"
    assert cliff["budget"] == f"{shared}; enlarged: workers 1, threads 40, connections 40"
    assert "64 clients in the closed loop, in further ones 50, 60, 100" in cliff["workload"]
    assert cliff["offered load"] == "no open load"
    assert "open loads" not in cliff["profile"]
    assert "open loads for" in dict(sections["tail"].conditions)["profile"]


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (0.89, "surprise: below"),
        (0.91, "explained by arithmetic"),
        (1.04, "explained by arithmetic"),
        (1.06, "surprise: above"),
    ],
)
def test_a_capacity_is_explained_a_little_below_its_ceiling_and_hardly_above(
    tmp_path: Path, share: float, said: str
) -> None:
    """From nine tenths of it to a twentieth more."""
    found = section(
        tmp_path / "run",
        QUESTIONS["leak"],
        change=lambda one: replace(
            one, recorded_ceiling=one.closed.goodput / share if one.closed else None
        ),
        profile="smoke",
    )
    assert tables.prediction(found.run, "closed").startswith(said)


def test_the_smallest_ceiling_is_known_without_an_open_load(sections: dict[str, Section]) -> None:
    """It is the smallest of those that were found."""
    run = sections["cliff"].run
    smallest = min(run.ceiling(name) for name in run.variants)
    assert run.smallest_ceiling == pytest.approx(smallest)


def test_a_gain_without_end_is_said_in_words() -> None:
    """Neither way is there a factor to write."""
    infinite, nothing = Interval(math.inf, math.inf, math.inf, 6), Interval(0, 0, 0, 6)
    assert str(wording.gain(infinite)) == "infinitely better in every block"
    assert str(wording.gain(nothing)) == "infinitely worse in every block"
    assert findings.distance(nothing) == math.inf
