"""Sentences and numbers: what is said of a judgement, with which digits."""

from __future__ import annotations

import math

import pytest

from harness.judge.answer import Contrast
from harness.judge.caveats import Caveat, Reason, VoidReason
from harness.judge.interval import Interval, Verdict
from harness.model import Metric, capacity, cpu_per_request, p50, until_failure
from harness.model.evidence import Evidence
from harness.report import sentences, wording
from harness.report.sentences import Sentence

BASIS = "95 % CI 1.4× to 1.5×, 8 blocks"


def contrast(
    metric: Metric, verdict: Verdict, estimate: float, low: float, high: float
) -> Contrast:
    """Return what was found of two variants."""
    more = 114 if verdict is Verdict.UNCLEAR else None
    return Contrast(metric, "one", "other", Interval(estimate, low, high, 8), verdict, more=more)


def levels(one: float, other: float) -> dict[str, Interval | None]:
    """Return the levels of the two."""
    return {name: Interval(x, x, x, 8) for name, x in (("one", one), ("other", other))}


@pytest.mark.parametrize(
    ("metric", "verdict", "found", "of", "says", "basis"),
    [
        (
            capacity,
            Verdict.BETTER,
            (1.46, 1.4, 1.5),
            (1460, 1000),
            "one has 1.46× the capacity of other: 1,460 against 1,000 requests/s",
            BASIS,
        ),
        (
            cpu_per_request,
            Verdict.BETTER,
            (1.46, 1.4, 1.5),
            (118e-6, 172e-6),
            "the CPU per request is 31.5 % lower with one than with other: 118 against 172 µs",
            f"1.46× better, {BASIS}",
        ),
        (
            cpu_per_request,
            Verdict.WORSE,
            (1 / 1.46, 1 / 1.5, 1 / 1.4),
            (172e-6, 118e-6),
            "the CPU per request is 1.46× as high with one as with other: 172 against 118 µs",
            BASIS,
        ),
        (
            p50(0.5),
            Verdict.SAME,
            (1.0, 0.99, 1.01),
            (0.012, 0.012),
            "one and other have the same p50 within ±5 %",
            "95 % CI 0.99× to 1.01×, 8 blocks",
        ),
        (
            capacity,
            Verdict.UNCLEAR,
            (1.1, 0.9, 1.3),
            (1100, 1000),
            "one against other: unclear, about 114 blocks would tell (80 % power)",
            "95 % CI 0.9× to 1.3×, 8 blocks",
        ),
        (
            capacity,
            Verdict.BETTER,
            (math.inf, math.inf, math.inf),
            (1000, 0),
            "other collapses: its capacity is 0, that of one is 1,000 requests/s",
            "8 blocks",
        ),
        (
            p50(0.5),
            Verdict.WORSE,
            (0, 0, 0.5),
            (math.inf, 0.012),
            "one collapses: its p50 is beyond the deadline, that of other is 12.0 ms",
            "most of 8 blocks",
        ),
        (
            until_failure,
            Verdict.WORSE,
            (0, 0, 0),
            (269, math.inf),
            "one fails after 269 requests, other does not while it is measured",
            "8 blocks",
        ),
    ],
)
def test_a_ratio_is_said_with_its_levels(
    metric: Metric,
    verdict: Verdict,
    found: tuple[float, float, float],
    of: tuple[float, float],
    says: str,
    basis: str,
) -> None:
    """In the direction that people think in; the interval has the digits of the ratio."""
    sentence = sentences.of_contrast(contrast(metric, verdict, *found), levels(*of))
    assert sentence == Sentence(says, basis)


def test_on_a_chart_a_ratio_is_said_without_levels() -> None:
    """Because the chart shows them."""
    found = sentences.of_contrast(contrast(cpu_per_request, Verdict.BETTER, 1.46, 1.4, 1.5))
    assert str(found) == f"the CPU per request is 1.46× better with one than with other ({BASIS})"


def test_a_level_is_written_in_the_unit_of_its_metric() -> None:
    """With its interval, and without an exponent however large it is."""
    found = sentences.of_level(capacity, Interval(12345.6, 12000, 12999, 7))
    level = "12,346 requests/s (95 % CI 12,000 to 12,999, 7 blocks)"
    assert str(found) == f"the target has a capacity of {level}"


def evidence(
    stood_still: float,
    line: str | None,
    *,
    computing: float | None = 0.0,
    library: str | None = None,
    dependencies: str | None = None,
) -> str:
    """Return what is said of a handler that held the loop for this share of the time."""
    found = Evidence(
        ran_on="loop",
        what="user in a.py",
        stood_still=stood_still,
        longest_s=0.01,
        line=line,
        code=f"x = {'y' * 60}" if line else None,
        library=library,
        computing=computing,
        dependencies=dependencies,
    )
    return sentences.of_evidence(found)


HANDLER = "ran on the loop (user in a.py)"


def test_evidence_names_the_line_that_held_the_loop() -> None:
    """With the beginning of its code, and whether it computed or waited there."""
    start = f"{HANDLER}; the loop stood still 92.0 % of the time, waiting, in a.py:3, x = "
    assert evidence(0.92, "a.py:3") == f"{start}{'y' * 44}…"
    assert "of the time, computing, in a.py:3" in evidence(0.92, "a.py:3", computing=0.9)


def test_evidence_names_the_library_where_the_app_has_no_line() -> None:
    """The framework holds a loop as well."""
    said = evidence(0.97, None, computing=0.95, library="jsonable_encoder in encoders.py")
    assert said == (
        f"{HANDLER}; the loop stood still 97.0 % of the time, computing, "
        "in jsonable_encoder in encoders.py"
    )


def test_evidence_always_says_for_how_long_the_loop_stood_still() -> None:
    """However short each piece; what the machine itself holds up names no line."""
    assert evidence(0.05, "a.py:3") == f"{HANDLER}; the loop stood still 5.00 % of the time"
    assert evidence(0.0, None) == f"{HANDLER}; the loop stood still less than 1 % of the time"
    assert sentences.of_evidence(None) == "not looked at"


def test_evidence_of_older_runs_missed_what_held_the_loop_briefly() -> None:
    """So they do not say that it was free."""
    nothing = f"{HANDLER}; no line of it was seen to hold the loop for long"
    assert evidence(0.05, "a.py:3", computing=None) == nothing
    assert evidence(0.0, None, computing=None) == nothing


def test_evidence_tells_a_handler_from_its_dependencies() -> None:
    """Each may run elsewhere."""
    said = evidence(0.0, None, dependencies="thread")
    assert said.startswith(f"{HANDLER}, its dependencies in a thread; ")
    said = evidence(0.0, None, dependencies="tenant, language")
    assert said.startswith(f"{HANDLER}, its dependencies tenant, language in threads; ")


@pytest.mark.parametrize("reason", [*Caveat, *VoidReason])
def test_every_doubt_has_few_words_on_a_chart(reason: Reason) -> None:
    """Caveats, of which there may be several, fewer still."""
    assert len(sentences.in_short(reason)) < (45 if isinstance(reason, Caveat) else 95)


def test_numbers_are_written_with_three_digits() -> None:
    """And intervals never dropped."""
    written = [wording.number(value) for value in (0, 0.01234, 1.2345, 98.76, 99.96, 123456.7)]
    assert written == ["0", "0.0123", "1.23", "98.8", "100", "123,457"]
    assert wording.ms(0.0123) == "12.3 ms"
    assert str(wording.cell(Interval(10, 9, 11, 8))) == "10.0 [9.00 to 11.0]"
    assert str(wording.gain(Interval(10, 9, 11, 8))) == "10× [9× to 11×]"
