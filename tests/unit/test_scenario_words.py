"""What scenarios say of themselves fits a row, keeps its code, and is in the words of today."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from harness.catalogue import catalogue
from harness.model.scenario import Scenario
from harness.report import language

CATALOGUE = catalogue()
WORDS = 60  # letters of what a variant does: two of them fit into a row
CODE = re.compile(r"`[^`]+`")

each_scenario = pytest.mark.parametrize("scenario", CATALOGUE.values(), ids=lambda one: one.name)


@each_scenario
def test_what_a_variant_does_fits_into_a_row_beside_another(scenario: Scenario) -> None:
    """And says it by itself: "the same, but" has nothing to be the same as there."""
    for variant in scenario.variants:
        assert len(variant.does) <= WORDS
        assert "the same" not in variant.does


@each_scenario
def test_code_is_not_translated(scenario: Scenario) -> None:
    """Neither in a question nor in a trap."""
    english = [scenario.question, *(trap.says for trap in scenario.traps)]
    with language.speaking(language.CHINESE):
        chinese = [language.question(scenario), *language.traps(scenario)]
    for one, other in zip(english, chinese, strict=True):
        assert sorted(CODE.findall(one)) == sorted(CODE.findall(other))


def test_an_older_run_is_told_in_the_words_of_today() -> None:
    """Not where the baseline was another variant, or one of the variants is gone since."""
    now = CATALOGUE["fan_out"]
    first, *others = (replace(one, does=f"once {one.name}") for one in now.variants)
    older = replace(now, question="Once?", variants=(first, *others))
    assert language.question(older) == now.question
    assert language.does(older, first.name) == now.baseline.does
    turned = replace(older, variants=(*others, first), claims=())
    assert language.question(turned) == "Once?"
    gone = replace(older, variants=(first, replace(others[0], name="gone")), claims=())
    assert language.does(gone, first.name) == "once sequential"
