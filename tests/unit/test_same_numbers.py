"""Every language says the same numbers of the same run."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from harness.model.record import Record
from harness.project import ROOT
from harness.report import language
from harness.report.document import Document, Section, document
from harness.report.render.markdown import overview, summary
from harness.store.run import Run

NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?|∞")


@pytest.fixture(scope="module")
def record() -> Record:
    """The reference run."""
    return Run(ROOT / "results" / "reference").record()


@pytest.fixture(scope="module")
def english(record: Record) -> Document:
    """What it says in English."""
    return document(record)


@pytest.fixture(scope="module")
def chinese(record: Record) -> Document:
    """What it says in Chinese."""
    with language.speaking(language.CHINESE):
        return document(record)


def numbers(text: str, without: set[str]) -> Counter[str]:
    """Return the numbers of a text, in which these words, which may hold some, are left out."""
    for word in sorted(without, key=len, reverse=True):
        text = text.replace(word, " ")
    return Counter(NUMBER.findall(text))


def descriptions(section: Section) -> set[str]:
    """Return what variants do, and what traps are: their numbers are those of a translator."""
    does = {language.does(section.scenario, name) for name in section.run.variants}
    return does | set(language.traps(section.scenario))


def said(section: Section) -> dict[str, str]:
    """Return all that is said of a scenario, by what it is."""
    found = {
        "answer": " ".join(map(str, section.answer)),
        "in short": section.in_short,
        "claims": " ".join(
            f"{one.says.partition('*')[0]} {one.measured} {one.verdict}" for one in section.claims
        ),
        "variants": str(section.variants and section.variants.rows),
        "heads": str(section.variants and section.variants.heads),
        "taxes": str(section.taxes and section.taxes.rows),
        "findings": " ".join(f"{name} {one}" for name, one in section.findings),
        "traps": " ".join(map(str, section.traps)),
        "void": " ".join(one.says for one in section.void),
        "note": section.note,
    }
    for one in section.charts:
        title = " ".join(map(str, one.title))
        found[one.chart] = f"{title} {one.subtitle} {one.alt}"
    if section.headline:
        told = section.headline
        parts = (told.ratio, told.interval, told.before, told.after, told.metric, told.says)
        found["headline"] = " ".join(parts)
    return found


def test_every_number_of_the_english_sentences_is_in_the_chinese_ones(
    english: Document, chinese: Document
) -> None:
    """And no other one, as often."""
    for one, other in zip(english.sections, chinese.sections, strict=True):
        mine, without = said(one), descriptions(one)
        with language.speaking(language.CHINESE):
            theirs = said(other)
            without |= descriptions(other)
        for what, text in mine.items():
            found = numbers(theirs[what], without)
            assert numbers(text, without) == found, f"{one.name}: {what}\n{text}\n{theirs[what]}"


def test_the_chinese_sentences_are_no_english_ones(english: Document, chinese: Document) -> None:
    """Each says something of its own."""
    for one, other in zip(english.sections, chinese.sections, strict=True):
        assert one.in_short != other.in_short
        assert re.search(r"[\u4e00-\u9fff]", other.in_short), other.in_short


def test_summary_and_overview_hold_the_same_numbers(english: Document, chinese: Document) -> None:
    """Those of notes, claims and tables too."""
    without = {one for section in english.sections for one in descriptions(section)}
    without |= {section.question for section in english.sections}
    written = [summary(english), overview(english)]
    with language.speaking(language.CHINESE):
        without |= {one for section in chinese.sections for one in descriptions(section)}
        without |= {section.question for section in chinese.sections}
        translated = [summary(chinese), overview(chinese)]
    for mine, theirs in zip(written, translated, strict=True):
        assert set(numbers(mine, without)) == set(numbers(theirs, without))
