"""The documents, and the words of page and deck, are in plain English."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.project import ROOT
from harness.report.language import ENGLISH, FOLDER

DOCUMENTS = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *sorted((ROOT / "docs").glob("*.md")),
]
WORDS = sorted((FOLDER / ENGLISH).glob("*.toml"))
ARCHAIC = re.compile(
    r"\b(aforementioned|aforesaid|afresh|albeit|amidst|amongst|anew|but for|ere|forthwith|"
    r"hence|henceforth|hereby|herein|heretofore|hither|hitherto|in lieu|inasmuch|insofar|lest|"
    r"need not|notwithstanding|ought|save for|shall|thence|thereby|therefrom|therein|thereof|"
    r"to be had|unto|upon|whence|wheresoever|whereby|wherein|whereof|wherewith|whilst|whither|"
    r"whoever|whomever|whosoever)\b",
    re.IGNORECASE,
)
LONGEST = 30  # words of a sentence
GENERATED = re.compile(r"<!-- the output of: .*?<!-- end -->", re.DOTALL)
CODE = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)
NO_PROSE = ("|", "#", "!", ">")


def sentences(text: str) -> Iterator[str]:
    """Yield the sentences of a document; what a command printed, tables and code are none."""
    prose = CODE.sub("", GENERATED.sub("", text))
    prose = re.sub(r"`[^`]*`", "code", re.sub(r"\]\([^)]*\)", "]", prose))
    for paragraph in re.split(r"\n\s*\n|\n(?= *(?:[-*]|\d+\.) )", prose):
        if not paragraph.lstrip().startswith(NO_PROSE):
            split = re.split(r"(?<=[.:;?!])\**\s+| · ", " ".join(paragraph.split()))
            yield from filter(None, split)


@pytest.mark.parametrize("path", [*DOCUMENTS, *WORDS], ids=lambda path: path.name)
def test_no_word_is_archaic(path: Path) -> None:
    """A reader whose first language is another one understands at once."""
    assert not ARCHAIC.findall(path.read_text())


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_no_sentence_is_long(path: Path) -> None:
    """One thought each."""
    assert not [one for one in sentences(path.read_text()) if len(one.split()) > LONGEST]


def test_a_sentence_ends_where_it_ends() -> None:
    """Not at a line, and not in what is no prose."""
    text = "# A b\n\n**One\ntwo.** Three: four\n- five `a. b`\n\n| six. |\n\n```sh\nseven\n```\n"
    assert list(sentences(text)) == ["**One two.", "Three:", "four", "- five code"]
    assert ARCHAIC.findall("Whoever reads it afresh") == ["Whoever", "afresh"]
