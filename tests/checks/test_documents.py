"""The documents are up to date."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from pathlib import Path

import pytest

from benchmarks import gates
from harness.catalogue import catalogue, table
from harness.cli.main import COMMANDS
from harness.project import ROOT
from harness.report.document import document
from harness.report.render.markdown import overview
from harness.store.run import Run

README = ROOT / "README.md"
LONGER = [ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
DOCUMENTS = [README, ROOT / "README.zh-TW.md", *LONGER]
ANSWERS, SCENARIOS, MISTAKES, CI = (
    ROOT / "docs" / f"{name}.md" for name in ("answers", "scenarios", "mistakes", "ci")
)
REFERENCE = Run(ROOT / "results" / "reference")

COLUMNS = 100
LINK = re.compile(r"!?\[[^]]*\]\(\S+\)")
# How a command of the documents begins, so that it runs whether an environment is active or not.
BEGINNINGS = ("python3 -m venv", ".venv/bin/python ", "docker ", "git clone ", "uv pip compile ")
SETTING = re.compile(r"^[A-Z_]+=\S+ ")  # an environment variable in front of a command
NOT_YET = re.compile(r"^Not in the reference run yet: (none|`\w+`(?:,\s`\w+`)*)\.$", re.MULTILINE)

each_document = pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)


def output_of(command: str, path: Path) -> str:
    """Return what a document shows as the output of a command."""
    _, found, rest = path.read_text().partition(f"<!-- the output of: {command} -->\n")
    assert found, f"{path.name} does not show the output of {command}"
    return rest.partition("\n<!-- end -->")[0]


def blocks_of_code(text: str) -> list[str]:
    """Return the shell commands of a document, block by block."""
    return re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def anchors(text: str) -> set[str]:
    """Return the names by which the headings of a document can be linked."""
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", one.lower()).replace(" ", "-") for one in headings}


def wide_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines of prose that are too wide, with their numbers.

    Tables, code and a link alone on its line are no prose.
    """
    in_code = False
    for number, line in enumerate(text.splitlines(), 1):
        fence = line.lstrip().startswith("```")
        in_code ^= fence
        excepted = fence or in_code or line.startswith("|") or LINK.fullmatch(line.strip())
        if len(line) > COLUMNS and not excepted:
            yield number, line


def not_in_reference(text: str) -> set[str]:
    """Return the scenarios that a document names as not yet in the reference run."""
    (named,) = NOT_YET.findall(text)
    return set(re.findall(r"`(\w+)`", named))


def misplaced(known: Collection[str], measured: list[str], named: Collection[str]) -> set[str]:
    """Return the scenarios that are not in exactly one place: measured, or named as not yet.

    So are those that are in one of them, and not known.
    """
    places = [*measured, *named]
    return {name for name in {*known, *places} if name not in known or places.count(name) != 1}


def test_the_table_of_questions_is_what_the_command_lists() -> None:
    """Put there by `bench.py list --markdown`."""
    assert output_of("bench.py list --markdown", SCENARIOS) == table(catalogue().values())


def test_the_table_of_answers_is_what_the_reference_run_says() -> None:
    """Put there by `bench.py report results/reference --markdown`."""
    answers = output_of("bench.py report results/reference --markdown", ANSWERS)
    assert answers == overview(document(REFERENCE.record()))


def test_the_table_of_gates_is_what_is_on_record() -> None:
    """Put there by `python -m benchmarks.gates --times 0`."""
    assert output_of("python -m benchmarks.gates --times 0", CI) == gates.table(gates.read())


def test_every_command_is_mentioned() -> None:
    """In a block that one can copy."""
    shown = "".join(blocks_of_code(README.read_text()))
    for name in COMMANDS:
        assert f"bench.py {name}" in shown


@each_document
def test_every_command_runs_whether_an_environment_is_active_or_not(path: Path) -> None:
    """It begins with the interpreter of the install, or with a program of the machine."""
    for block in blocks_of_code(path.read_text()):
        for command in block.replace("\\\n", " ").splitlines():
            assert SETTING.sub("", command).startswith(BEGINNINGS), command


@each_document
def test_every_path_that_is_linked_exists(path: Path) -> None:
    """Relative to the document; and so does the heading behind a #."""
    for target in re.findall(r"\]\(([^):]+)\)", path.read_text()):
        name, _, anchor = target.partition("#")
        linked = path.parent / name if name else path
        assert linked.exists(), target
        assert not anchor or anchor in anchors(linked.read_text()), target


@pytest.mark.parametrize("path", LONGER, ids=lambda path: path.name)
def test_no_line_of_prose_is_wider_than_100_columns(path: Path) -> None:
    """So that two documents fit beside each other."""
    assert not list(wide_lines(path.read_text()))


def test_only_prose_is_called_too_wide() -> None:
    """Not in code, in a table, or where a link stands alone."""
    wide = "x" * (COLUMNS + 1)
    link = f"[a link]({wide})"
    text = f"{wide}\n```sh\n{wide}\n```\n| {wide} |\n{link}\n{link} in prose, and {link}\n"
    assert [number for number, _ in wide_lines(text)] == [1, 7]


def test_the_reference_run_is_a_measurement_of_every_scenario() -> None:
    """Finished, real, at a profile that carries answers; except those named as not yet."""
    assert REFERENCE.finished
    assert REFERENCE.asked.on == "host"
    assert REFERENCE.asked.profile != "smoke"
    measured = list({one.home: one for one in REFERENCE.asked.scenarios})
    assert not misplaced(catalogue(), measured, not_in_reference(SCENARIOS.read_text()))


@pytest.mark.parametrize(
    ("measured", "line", "wrong"),
    [
        (["hop", "tax"], "none", set()),
        (["hop"], "`tax`", set()),
        ([], "`hop`, `tax`", set()),
        ([], "`hop`,\n`tax`", set()),
        (["hop"], "none", {"tax"}),  # a new scenario is named until it is measured
        (["hop", "tax"], "`tax`", {"tax"}),  # and no longer
        (["hop", "tax"], "`gone`", {"gone"}),
        (["hop", "tax", "gone"], "none", {"gone"}),
    ],
)
def test_a_scenario_is_in_the_reference_run_or_named_as_not_yet(
    measured: list[str], line: str, wrong: set[str]
) -> None:
    """So that the steps for a new scenario can end with all tests passed."""
    named = not_in_reference(f"Before.\n\nNot in the reference run yet: {line}.\n")
    assert misplaced(["hop", "tax"], measured, named) == wrong


def test_every_mistake_has_a_test_that_exists() -> None:
    """The table names files and functions of this folder."""
    rows = [line for line in MISTAKES.read_text().splitlines() if re.match(r"\| \d", line)]
    assert len(rows) == 26
    for row in rows:
        file = ""
        for named_file, test in re.findall(r"(?:(\w+/test_\w+): )?`(test_\w+)`", row):
            file = named_file or file
            assert f"def {test}(" in (ROOT / "tests" / f"{file}.py").read_text(), row
        assert file, row
