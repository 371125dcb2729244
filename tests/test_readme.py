"""The README says what is so."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

import bench as command
from benchmarks import gates
from harness.catalogue import catalogue, table
from harness.project import ROOT
from harness.report.document import document
from harness.report.render.markdown import overview
from harness.store.run import Run

README = (ROOT / "README.md").read_text()


def test_the_table_of_questions_is_what_the_command_lists() -> None:
    """Put there by `bench.py list --markdown`."""
    shown = (
        (ROOT / "docs" / "scenarios.md")
        .read_text()
        .partition("<!-- the output of: bench.py list --markdown -->\n")[2]
        .partition("\n<!-- end -->")[0]
    )
    assert shown == table(catalogue().values())


def test_the_table_of_answers_is_what_the_reference_run_says() -> None:
    """Put there by `bench.py report results/reference --markdown`."""
    shown = README.partition(
        "<!-- the output of: bench.py report results/reference --markdown -->\n"
    )[2].partition("\n<!-- end -->")[0]
    assert shown == overview(document(Run(ROOT / "results" / "reference").record()))


def test_the_table_of_gates_is_what_is_on_record() -> None:
    """Put there by `python -m benchmarks.gates --times 0`."""
    shown = (
        (ROOT / "docs" / "ci.md")
        .read_text()
        .partition("<!-- the output of: python -m benchmarks.gates --times 0 -->\n")[2]
        .partition("\n<!-- end -->")[0]
    )
    assert shown == gates.table(gates.read())


def test_every_command_is_mentioned() -> None:
    """In a block that one can copy."""
    for name in command.bench.commands:
        assert f"bench.py {name}" in README


def test_every_path_that_is_linked_exists() -> None:
    """In README and CONTRIBUTING."""
    for file in ("README.md", "CONTRIBUTING.md"):
        for target in re.findall(r"\]\(([^)#:]+)\)", (ROOT / file).read_text()):
            assert (ROOT / target).exists(), f"{file}: {target}"


def test_the_reference_run_is_a_measurement_of_every_scenario() -> None:
    """Finished, real, at a profile that carries answers, of the scenarios as they are now."""
    run = Run(ROOT / "results" / "reference")
    assert run.finished
    assert run.asked.on == "host"
    assert run.asked.profile != "smoke"
    assert {one.name for one in run.asked.scenarios} == set(catalogue())


@pytest.mark.parametrize("word", ["/simple/", "files." + "pythonhosted", "deb." + "debian"])
def test_no_index_is_named_in_any_tracked_file(word: str) -> None:
    """The lock holds hashes and no addresses."""
    found = subprocess.run(
        ["git", "grep", "-lI", "--", word], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout  # noqa: S607  git is where PATH says
    assert not [name for name in found.split() if name != "tests/test_readme.py"]


def test_every_mistake_has_a_test_that_exists() -> None:
    """The table names files and functions of this folder."""
    table = (ROOT / "docs" / "mistakes.md").read_text()
    rows = [line for line in table.splitlines() if re.match(r"\| \d", line)]
    assert len(rows) == 26
    for row in rows:
        file = ""
        for named_file, test in re.findall(r"(?:(test_\w+): )?`(test_\w+)`", row):
            file = named_file or file
            assert f"def {test}(" in (ROOT / "tests" / f"{file}.py").read_text(), row
        assert file, row
