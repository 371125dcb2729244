"""The one comparison that a scenario is told by, and which of its variants is the trap."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from harness.catalogue import catalogue
from harness.judge.interval import Interval, Verdict
from harness.model.reading import Bound
from harness.report import headline
from harness.report.document import Section
from tests.support.reports import unanswered

CATALOGUE = catalogue()


@pytest.mark.parametrize(
    ("scenario", "trap"),
    [
        ("postgres_read", "blocking"),
        ("fan_out", "sequential"),  # the baseline, which others are claimed to be better than
        ("hop", "threaded"),
        ("tax", None),
        ("break_even", "blocking"),  # a map has no trap by being the first
        ("workers", "two_blocking"),
        ("loop", None),
    ],
)
def test_the_trap_is_what_others_are_claimed_to_be_better_than(
    scenario: str, trap: str | None
) -> None:
    """Else what holds the loop, by its name."""
    assert headline.trap(CATALOGUE[scenario]) == trap


def test_a_scenario_is_told_by_the_best_of_what_was_claimed(sections: dict[str, Section]) -> None:
    """Without such a claim by what is farthest from the baseline; without an answer by nothing."""
    cliff = sections["cliff"].run
    found = headline.told(cliff)
    assert found
    assert (found.subject, found.over) == ("brief", "held")
    without_claims = replace(cliff.scenario, claims=())
    unclaimed = replace(cliff, design=replace(cliff.design, scenario=without_claims))
    assert headline.told(unclaimed) == found
    assert headline.told(unanswered(cliff)) is None
    assert headline.headline(unanswered(cliff)) is None


def test_a_headline_has_the_numbers_of_both_and_what_they_do(sections: dict[str, Section]) -> None:
    """As the sentences write them."""
    found = sections["chunk"].headline
    assert found
    assert (found.subject, found.over) == ("by_loop", "by_thread")
    assert found.subject_does == found.over_does == "the same thing in another way, told at length"
    assert found.ratio.endswith("×")
    assert " to " in found.interval
    assert found.before.endswith(" µs")
    assert found.after.endswith(" µs")
    assert found.metric == "CPU per chunk"
    assert found.says.endswith(" less CPU per chunk")
    assert found.verdict is Verdict.BETTER
    for number in (found.before.removesuffix(" µs"), found.after, found.says.split(" less")[0]):
        assert number in sections["chunk"].in_short


def test_a_bound_is_told_as_one(sections: dict[str, Section]) -> None:
    """With a sign in the ratio, and in words."""
    found = sections["cliff"].headline
    assert found
    assert found.ratio.startswith("≥ ")
    assert found.interval.startswith("at least ")
    assert found.says.startswith("answers at least ")
    assert found.before == "less than 0.500 requests/s"
    assert found.metric == "goodput with 100 clients"


@pytest.mark.parametrize(
    ("gain", "verdict", "ratio", "says"),
    [
        (Interval(13.7, 13, 14, 8), Verdict.BETTER, "13.7×", "93 % less CPU per chunk"),
        (Interval(0.1, 0.09, 0.11, 8), Verdict.WORSE, "0.1×", "10× more CPU per chunk"),
        (Interval(1.0, 0.99, 1.01, 8), Verdict.SAME, "1×", "the same CPU per chunk, within ±5 %"),
        (Interval(1.2, 0.9, 1.5, 8), Verdict.UNCLEAR, "1.2×", "no clear difference"),
        (
            Interval(math.inf, math.inf, math.inf, 8),
            Verdict.BETTER,
            "∞",
            "answers in time; the other one answers nothing",
        ),
        (Interval(0, 0, 0, 8), Verdict.WORSE, "0", "answers nothing in time"),
        (Interval(20, 10, math.inf, 8, Bound.AT_LEAST), Verdict.BETTER, "≥ 20×", "at least 95 %"),
    ],
)
def test_few_words_say_the_difference_in_the_direction_that_people_think_in(
    sections: dict[str, Section], gain: Interval, verdict: Verdict, ratio: str, says: str
) -> None:
    """Of CPU, less is what is said of the better one."""
    found = headline.told(sections["chunk"].run)
    assert found
    assert headline.ratio(gain) == ratio
    assert headline.brief(replace(found, gain=gain, verdict=verdict), gain).startswith(says)


def test_every_number_has_an_id() -> None:
    """A ratio names both variants, a level one."""
    assert headline.claim_id("hop", "inline", "threaded") == "hop.inline/threaded"
    assert headline.claim_id("hop", "inline") == "hop.inline"
