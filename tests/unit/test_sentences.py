"""Sentences and numbers: what is said of a judgement, with which digits."""

from __future__ import annotations

import math
import re

import pytest

from harness.judge.answer import Contrast
from harness.judge.caveats import Caveat, Reason, VoidReason
from harness.judge.interval import Interval, Verdict
from harness.model import Metric, capacity, cpu_per_request, goodput_of, p50, until_failure
from harness.model.evidence import Evidence
from harness.report import language, sentences, wording
from harness.report.no_answer import no_answer
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
            (13.7, 13, 14),
            (1222, 89.2),
            "one serves 13.7× more than other: 1,222 against 89.2 requests/s",
            "95 % CI 13× to 14×, 8 blocks",
        ),
        (
            capacity,
            Verdict.BETTER,
            (1.46, 1.4, 1.5),
            (1460, 1000),
            "one serves 46 % more than other: 1,460 against 1,000 requests/s",
            f"1.46× better, {BASIS}",
        ),
        (
            capacity,
            Verdict.WORSE,
            (0.1, 1 / 11, 1 / 9),
            (100, 1000),
            "one serves 90 % less than other: 100 against 1,000 requests/s",
            "10× worse, 95 % CI 9× to 11×, 8 blocks",
        ),
        (
            cpu_per_request,
            Verdict.BETTER,
            (1.46, 1.4, 1.5),
            (118e-6, 172e-6),
            "one uses 32 % less CPU per request than other: 172 → 118 µs",
            f"1.46× better, {BASIS}",
        ),
        (
            cpu_per_request,
            Verdict.WORSE,
            (1 / 1.46, 1 / 1.5, 1 / 1.4),
            (172e-6, 118e-6),
            "one uses 46 % more CPU per request than other: 118 → 172 µs",
            f"1.46× worse, {BASIS}",
        ),
        (
            p50(0.5),
            Verdict.BETTER,
            (7, 6.5, 7.5),
            (0.0147, 0.103),
            (
                "the median response time is 86 % shorter with one than with other: "
                "14.7 instead of 103 ms"
            ),
            "7× better, 95 % CI 6.5× to 7.5×, 8 blocks",
        ),
        (
            p50(0.5),
            Verdict.SAME,
            (1.0, 0.99, 1.01),
            (0.012, 0.013),
            (
                "the median response time is the same with one and other, within ±5 %: "
                "12.0 and 13.0 ms"
            ),
            "95 % CI 0.99× to 1.01×, 8 blocks",
        ),
        (
            capacity,
            Verdict.UNCLEAR,
            (1.1, 0.9, 1.3),
            (1100, 1000),
            (
                "no clear difference in capacity between one and other: 1,100 and 1,000 requests/s;"
                " about 114 blocks would show it (80 % power)"
            ),
            "95 % CI 0.9× to 1.3×, 8 blocks",
        ),
        (
            capacity,
            Verdict.BETTER,
            (math.inf, math.inf, math.inf),
            (1000, 0),
            "other answers nothing in time; one serves 1,000 requests/s",
            "8 blocks",
        ),
        (
            p50(0.5),
            Verdict.WORSE,
            (0, 0, 0.5),
            (math.inf, 0.012),
            (
                "one collapses: its median response time is beyond the deadline, that of other is "
                "12.0 ms"
            ),
            "most of 8 blocks",
        ),
        (
            until_failure,
            Verdict.WORSE,
            (0, 0, 0),
            (269, math.inf),
            "one fails after 269 requests; other did not fail while it was measured",
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
    said = "one uses 32 % less CPU per request than other"
    assert str(found) == f"{said} (1.46× better, {BASIS})"


def test_where_a_metric_is_read_and_what_a_variant_does_stand_in_the_sentence() -> None:
    """In requests/s, or in clients; never as a share of a ceiling."""
    names = {"one": "one (asyncio.gather)", "other": "other (one after another)"}
    median = contrast(p50(0.5), Verdict.BETTER, 7, 6.5, 7.5)
    said = sentences.of_contrast(median, levels(0.0147, 0.103), names=names, rate="44 requests/s")
    assert said.says == (
        "the median response time at 44 requests/s is 86 % shorter with one (asyncio.gather) than "
        "with other (one after another): 14.7 instead of 103 ms"
    )
    swept = contrast(goodput_of(150), Verdict.BETTER, 3, 2.5, 3.5)
    said = sentences.of_contrast(swept, levels(300, 100))
    assert said.says == (
        "with 150 clients, one answers 3× more requests in time than other: 300 against 100 "
        "requests/s"
    )


@pytest.mark.parametrize(
    ("share", "written"),
    [(0.0531, "5.3 %"), (0.315, "32 %"), (0.857, "86 %"), (0.9951, "99.51 %")],
)
def test_shares_are_whole_percent_but_near_the_ends(share: float, written: str) -> None:
    """A difference of 99.7 % is not one of 100 %."""
    assert wording.whole_percent(share) == written


@pytest.mark.parametrize(
    "why",
    [
        "the smoke profile only shows that everything works",
        "3 of the 5 blocks it takes are measured",
        "the p50 could not be read in every block",
        "neither requests until failure was seen to end",
        f"more than a third of the blocks are void: {VoidReason.NOISY.says} (3 of 3)",
        (
            "blocking is not steady: in the second half of each window it is at 1.18× of what it "
            "was in the first (95 % CI 1.1× to 1.3×, 5 blocks)"
        ),
        "blocking is not steady: 1.18× in the second half",
    ],
)
def test_every_reason_for_no_answer_is_said_in_the_language_spoken(why: str) -> None:
    """In English as the judge has it; in Chinese with no word of it left."""
    assert no_answer(why) == why
    with language.speaking(language.CHINESE):
        said = no_answer(why)
    assert not re.search(r"\b(blocks?|the|of|not|neither)\b", said)
    assert set(re.findall(r"\d+", why)) == set(re.findall(r"\d+", said))


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
