"""The gate on somebody's own app: red by counts, with file and line, and green on a comment.

The app, the change, the commands and what they print are those of docs/your-app.md.
"""

from __future__ import annotations

import json
import re
import shlex
import shutil
from pathlib import Path

import pytest

from harness.project import ROOT
from harness.system.git import Repo
from tests.support.project_copy import Copy

SOMEBODY = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.org")
EXAMPLE = "tests/apps/shop"  # as the document names it
DOCUMENT = (ROOT / "docs" / "your-app.md").read_text()
FIGURE = re.compile(r"[+-]?\d[\d.,]*")
# Other tests run beside this one: the shorter the windows, and the fewer doubts, the better.
PATCHES = [
    "harness.design.profile:GATE.closed_s=0.2",
    "harness.judge.guards:BUSY=100.0",
    "harness.judge.guards:FOREIGN=1.0",
    "harness.judge.guards:HALVES_APART=100.0",
]


@pytest.fixture
def shop(copy: Copy) -> Path:
    """Commit the shop to a repository of its own."""
    copy.patches = PATCHES
    folder = copy.root.parent / "shop"
    shutil.copytree(ROOT / EXAMPLE, folder, ignore=shutil.ignore_patterns("__pycache__"))
    repo = Repo(folder)
    (folder / ".gitignore").write_text("__pycache__/\n")
    for words in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "--message", "Begin"]):
        repo.ask(*SOMEBODY, *words)
    return folder


def example(*words: str) -> tuple[list[str], list[str]]:
    """Return the command of the document that has all these words, and the lines it shows."""
    shown = re.findall(r"(?ms)^```sh\n([^`]+)```\n\n```text\n(.+?)^```$", DOCUMENT)
    commands = [(shlex.split(command), said.splitlines()) for command, said in shown]
    (found,) = (one for one in commands if {EXAMPLE, *words} <= set(one[0]))
    return found[0][2:], found[1]


def without_figures(text: str) -> str:
    """Return a text in which numbers of two runs are alike."""
    return FIGURE.sub("N", text)


def of_example(words: list[str], shop: Path) -> list[str]:
    """Return the words of a command, for the shop in its own repository."""
    return [str(shop) if word == EXAMPLE else word for word in words]


def test_the_routes_of_the_example_are_listed_as_the_document_shows(copy: Copy, shop: Path) -> None:
    """Line by line."""
    words, shown = example("--routes")
    said = copy.bench(*of_example(words, shop)).splitlines()
    assert list(map(without_figures, said)) == list(map(without_figures, shown))


def test_the_cause_and_the_line_of_the_example_are_those_that_the_document_shows(
    copy: Copy, shop: Path
) -> None:
    """And what to do about it, where the times are not judged."""
    words, shown = example("/stock/{number}")
    said = copy.bench(*of_example(words, shop), "--profile", "smoke").splitlines()
    named = [line for line in shown if line.split()[:1] in (["GET"], ["CAUSE"], ["LINE"])]
    assert len(named) == 3
    assert set(named) <= set(said)


def test_a_blocking_call_is_red_by_its_count_as_the_document_shows(copy: Copy, shop: Path) -> None:
    """With the file and the line that is not committed yet, in every format."""
    (removed, added), *_ = re.findall(r"^```diff\n-(.+)\n\+(.+)\n```$", DOCUMENT, re.MULTILINE)
    file = shop / "shop" / "main.py"
    before = file.read_text()
    file.write_text(before.replace(removed, added))
    assert file.read_text() != before
    line = file.read_text().splitlines().index(added) + 1
    words, shown = example("--base")
    said = copy.bench(*of_example(words, shop), "--budget", "90s", code=1)
    printed = set(map(without_figures, said.splitlines()))
    assert {without_figures(one) for one in shown} <= printed, said
    (report,) = copy.results.glob("*-gate/report")
    (found,) = json.loads((report / "gate.json").read_text())
    assert found["verdict"] == "regression"
    assert [one["line"] for one in found["counts"]] == [f"shop/main.py:{line}"]
    assert f"shop/main.py:{line} newly holds the loop" in (report / "gate.md").read_text()
    assert f"shop/main.py:{line} newly holds the loop" in (report / "junit.xml").read_text()
    assert copy.nothing_left()


def test_a_comment_is_not_red_though_it_moves_a_line_that_blocks(copy: Copy, shop: Path) -> None:
    """The line has another number, and the same code."""
    file = shop / "shop" / "main.py"
    file.write_text(file.read_text().replace("    time.sleep", "    # It blocks.\n    time.sleep"))
    words = ["app", "--project", str(shop), "--get", "/stock/{number}"]
    said = copy.bench(*words, "--base", "HEAD", "--budget", "60s")
    assert "newly holds" not in said
    (report,) = copy.results.glob("*-gate/report")
    (found,) = json.loads((report / "gate.json").read_text())
    assert found["verdict"] in {"passed", "faster", "unclear"}
    assert "counts" not in found
