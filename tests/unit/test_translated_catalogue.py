"""What stands in English outside of the templates has its words in every other language too."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import pytest

from harness.catalogue import catalogue
from harness.judge.caveats import Caveat, VoidReason
from harness.model.metric import DEFINITIONS
from harness.model.scenario import GROUPS, Scenario
from harness.report import language

CATALOGUE = catalogue()
REASONS = (*Caveat, *VoidReason)
LISTED = {
    "reasons": {one.name for one in REASONS},
    "metrics": {*DEFINITIONS, *(one.primary.name for one in CATALOGUE.values())},
    "units": {one.unit.name for one in DEFINITIONS.values()},
    "groups": {*GROUPS},
}
WORDS = 60  # letters of what a variant does: two of them fit into a row
NUMBER, CODE = re.compile(r"\d[\d.,]*(?<=\d)"), re.compile(r"`[^`]+`")

each_language = pytest.mark.parametrize(
    "spoken", [one for one in language.LANGUAGES if one != language.ENGLISH]
)
each_scenario = pytest.mark.parametrize("scenario", CATALOGUE.values(), ids=lambda one: one.name)


@each_language
def test_nothing_is_left_untranslated_and_nothing_else_is_translated(spoken: str) -> None:
    """Neither a scenario, nor a reason, a metric, a unit, a group."""
    found = language.catalogue(spoken)
    assert {*found} == {*CATALOGUE, *LISTED}
    assert {name: {*found[name]} for name in LISTED} == LISTED
    assert all({*one} == {"says", "remedy"} for one in found["reasons"].values())


@each_language
@each_scenario
def test_of_a_scenario_question_variants_and_traps_are_translated(
    spoken: str, scenario: Scenario
) -> None:
    """The traps in their order."""
    found = language.catalogue(spoken)[scenario.name]
    assert {*found} <= {"question", "does", "traps"}
    assert {*found["does"]} == {one.name for one in scenario.variants}
    assert len(found.get("traps", ())) == len(scenario.traps)


@each_language
@each_scenario
def test_numbers_and_code_are_the_same(spoken: str, scenario: Scenario) -> None:
    """A number in words may become digits; none is lost, and no piece of code is translated."""
    found = language.catalogue(spoken)[scenario.name]
    require_same([(scenario.question, found["question"])])
    require_same((one.does, found["does"][one.name]) for one in scenario.variants)
    require_same(zip((one.says for one in scenario.traps), found.get("traps", ()), strict=True))


@each_language
def test_numbers_and_code_of_reasons_are_the_same(spoken: str) -> None:
    """The same of what is so, and of what would fix it."""
    with language.speaking(spoken):
        told = {one: language.reason(one) for one in REASONS}
    require_same((one.says, told[one][0]) for one in REASONS)
    require_same((one.remedy, told[one][1]) for one in REASONS)


@each_scenario
def test_what_a_variant_does_fits_into_a_row_beside_another(scenario: Scenario) -> None:
    """And says it by itself: "the same, but" has nothing to be the same as there."""
    for variant in scenario.variants:
        assert len(variant.does) <= WORDS
        assert "the same" not in variant.does


def require_same(pairs: Iterable[tuple[str, str]]) -> None:
    """Refuse a translation without a number or a piece of code of what it translates."""
    for english, other in pairs:
        lost = [one for one in kept(english) if one not in other]
        assert not lost, f"{other} is without {lost} of {english}"


def kept(english: str) -> Iterator[str]:
    """Yield what a translation leaves as it is."""
    yield from NUMBER.findall(english)
    yield from CODE.findall(english)
