"""The README is short, and says the same in both languages."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from unicodedata import east_asian_width

import pytest

from harness.project import ROOT
from harness.report.document import document
from harness.report.language import CHINESE, ENGLISH, speaking
from harness.report.render.markdown import overview
from harness.store.run import Run

READMES = {ENGLISH: "README.md", CHINESE: "README.zh-TW.md"}
NAMES = tuple(READMES.values())
LINES, WIDE, COLUMNS = 120, 120, 100  # a Chinese letter is two wide
COMMANDS = "python3 -m venv "  # how the two begin that a shell takes as one line
BLOCK = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
COMMENT = re.compile(r"\s+# .*")
LINK = re.compile(r"\]\(([^)]+)\)")
FIGURE = re.compile(r"(?<![\w.])\d[\d,]*(?:\.\d+)?")


def sections(text: str) -> list[str]:
    """Return what stands before the first heading of the second level, and behind each."""
    return re.split(r"^## ", text, flags=re.MULTILINE)


def commands(section: str) -> list[str]:
    """Return the blocks of code, without the comments of shell commands."""
    return [COMMENT.sub("", block) for block in BLOCK.findall(section)]


def figures(section: str) -> list[str]:
    """Return the numbers of the prose in their order; code and addresses are no prose."""
    return FIGURE.findall(LINK.sub("]", BLOCK.sub("", section)))


def targets(section: str) -> list[str]:
    """Return the links and pictures in their order, but for the README of the other language."""
    return [one for one in LINK.findall(section) if one not in NAMES]


def width(line: str) -> int:
    """Return the columns of a line: a Chinese character takes two."""
    return sum(2 if east_asian_width(one) in "WF" else 1 for one in line)


@pytest.mark.parametrize("same", [commands, figures, targets])
def test_both_say_the_same_section_by_section(same: Callable[[str], list[str]]) -> None:
    """The commands, the figures, the pictures and links."""
    english, chinese = (sections((ROOT / name).read_text()) for name in NAMES)
    assert [same(one) for one in english] == [same(one) for one in chinese]
    assert any(same(one) for one in english)


def test_each_leads_to_the_other_in_its_first_lines() -> None:
    """Below the title."""
    for name, other in (NAMES, NAMES[::-1]):
        assert f"]({other})" in (ROOT / name).read_text().splitlines()[2]


@pytest.mark.parametrize("language", READMES)
def test_the_answer_that_it_quotes_is_one_of_the_reference_run(language: str) -> None:
    """In its own language, however the lines are broken."""
    text = (ROOT / READMES[language]).read_text()
    quoted = "".join(re.findall(r"^> (.*)", text, re.MULTILINE))
    record = Run(ROOT / "results" / "reference").record()
    with speaking(language):
        answers = overview(document(record))
    assert quoted
    assert "".join(quoted.split()) in "".join(answers.split())


@pytest.mark.parametrize("name", NAMES)
def test_it_is_short(name: str) -> None:
    """Who arrives reads it whole."""
    lines = (ROOT / name).read_text().splitlines()
    assert len(lines) <= LINES
    assert not [line for line in lines if width(line) > WIDE]
    written = (line for line in lines if not line.startswith(COMMANDS))
    assert not [line for line in written if len(line) > COLUMNS]


@pytest.mark.parametrize(
    ("read", "wrong"),
    [
        (commands, "```sh\nbench.py lists  # all\n```\n"),
        (figures, "10.8× of 1,222\n"),
        (figures, "1,222 of 10.7×\n"),
        (targets, "[a](c.md)\n"),
    ],
)
def test_a_difference_is_seen(read: Callable[[str], list[str]], wrong: str) -> None:
    """And a comment in another language is none."""
    text = "10.7× of 1,222 [a](b7.md)\n```sh\nbench.py list  # 3 of all\n```\n"
    assert read(text) == read(text.replace("3 of all", "全部"))
    assert read(text) != read(wrong)
    assert figures(text) == ["10.7", "1,222"]


def test_what_it_shows_of_an_app_is_what_the_example_gave() -> None:
    """Its outputs are parts of those in docs/your-app.md, however the lines are broken."""
    shown = _outputs(ROOT / READMES[ENGLISH])
    given = " ".join(_outputs(ROOT / "docs" / "your-app.md"))
    parts = [part.strip() for output in shown for part in output.split("…\n")]
    assert len(parts) > 1
    for part in parts:
        assert " ".join(part.split()) in " ".join(given.split())


def _outputs(path: Path) -> list[str]:
    return re.findall(r"^```text\n(.*?)^```$", path.read_text(), re.MULTILINE | re.DOTALL)
