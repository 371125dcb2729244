"""The command, as one types it. Nothing here starts a server: the stage is simulated."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import bench as command
from harness.cli import options
from harness.design.plan import PROFILES
from harness.project import ROOT
from harness.store.records import Run


def invoke(*arguments: str) -> Result:
    """Run bench.py in this process."""
    return CliRunner().invoke(command.bench, arguments)


def simulate(results: Path, *arguments: str) -> Result:
    """Run it without measuring."""
    return invoke("run", *arguments, "--on", "simulated", "--results", str(results))


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the charts out, which take most of the time."""
    monkeypatch.setattr(
        "harness.report.draw.draw", lambda run: run.read() and run.folder / "report" / "index.html"
    )


def test_a_run_ends_with_its_answers_and_the_path_of_the_page(tmp_path: Path) -> None:
    """And has drawn it."""
    result = simulate(tmp_path, "postgres_read")
    assert result.exit_code == 0, result.output
    assert "awaiting has 10" in result.output
    assert "simulated: drawn from the theory" in result.output
    page = Path(result.output.rpartition("→ ")[2].strip())
    assert page.name == "index.html"
    assert page.exists()


@pytest.mark.usefixtures("undrawn")
def test_a_finished_run_is_not_continued_and_an_unfinished_one_is(tmp_path: Path) -> None:
    """The same command resumes; once it is done it begins anew."""
    simulate(tmp_path, "cpu_work")
    (first,) = tmp_path.glob("20*")
    run = Run(first)
    whole = run.measured.read_text()
    (first / "finished").unlink()
    run.measured.write_text("".join(whole.splitlines(keepends=True)[:9]))
    assert "Going on with" in simulate(tmp_path, "cpu_work").output
    assert run.measured.read_text() == whole
    simulate(tmp_path, "cpu_work")
    assert len(list(tmp_path.glob("20*"))) == 2


@pytest.mark.usefixtures("undrawn")
def test_another_plan_is_another_run(tmp_path: Path) -> None:
    """A run is continued only by exactly the plan it was made by."""
    simulate(tmp_path, "cpu_work")
    (first,) = tmp_path.glob("20*")
    (first / "finished").unlink()
    assert "Going on with" not in simulate(tmp_path, "cpu_work", "--seed", "1").output


@pytest.mark.usefixtures("undrawn")
def test_a_smoke_run_shows_no_answer(tmp_path: Path) -> None:
    """Two short blocks carry none."""
    output = simulate(tmp_path, "postgres_read", "--profile", "smoke").output
    assert "awaiting against blocking: no answer" in output
    assert "95 % CI" not in output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("postgre_read",), "did you mean 'postgres_read'?"),
        (("--profile", "quik"), "'quik' is not one of"),
        (("cpu_work", "--knob", "wait_ms=5"), "no knob named 'wait_ms'"),
        (("cpu_work", "--on", "moon"), "'moon' is not one of"),
        (("report", "nowhere"), "holds no run"),
        (("report", "README.md"), "holds no run"),
        (
            ("history", "results/reference", "--file", "README.md/history.jsonl"),
            "cannot write README.md/history.jsonl",
        ),
        (("plan", "cpu_wrok"), "did you mean 'cpu_work'?"),
    ],
)
def test_a_mistake_is_named_with_its_remedy(arguments: tuple[str, ...], said: str) -> None:
    """Exit code 2, and no traceback."""
    result = invoke(*arguments)
    assert result.exit_code == 2
    assert isinstance(result.exception, SystemExit)
    assert said in result.output
    assert not Path("nowhere").exists()


def test_a_fault_of_our_own_never_says_that_something_became_slower(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Which is what exit code 1 means to a CI job."""
    monkeypatch.setattr("harness.store.records.opened", lambda _: 1 / 0)
    result = invoke("report", "nowhere")
    assert result.exit_code == 3
    assert "a fault of bench.py itself" in result.output


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """Before anything is measured."""
    (tmp_path / "file").touch()
    result = simulate(tmp_path / "file" / "results", "cpu_work")
    assert result.exit_code == 2
    assert "cannot write results to" in result.output
    assert "--results" in result.output


@pytest.mark.usefixtures("undrawn")
def test_a_damaged_file_is_named_by_report_and_by_run(tmp_path: Path) -> None:
    """With its line, and nothing is lost."""
    simulate(tmp_path, "cpu_work")
    (folder,) = tmp_path.glob("20*")
    measured = folder / "measurements.jsonl"
    measured.write_text("damaged\n" + measured.read_text())
    (folder / "finished").unlink()
    kept = measured.read_text()
    for result in (invoke("report", str(folder)), simulate(tmp_path, "cpu_work")):
        assert result.exit_code == 2, result.output
        assert "measurements.jsonl, line 1, cannot be read" in result.output
    assert measured.read_text() == kept


def test_every_command_teaches() -> None:
    """Its help has more than the usage line."""
    for name in command.bench.commands:
        assert len(invoke(name, "--help").output.splitlines()) > 4
        assert name in invoke("--help").output
        assert "\\b" not in invoke(name, "--help").output + invoke("--help").output


def test_list_and_help_import_no_data_frame_and_no_web_framework() -> None:
    """Which is why they answer at once."""
    for arguments in (["list"], ["--help"]):
        code = f"import sys; sys.argv = ['bench.py', *{arguments}]; import atexit, bench; atexit.register(lambda: print(sorted(sys.modules))); bench.bench()"
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
        )
        imported = set(
            done.stdout.rpartition("[")[2]
            .replace("'", "")
            .replace("]", "")
            .replace("\n", "")
            .split(", ")
        )
        assert "click" in imported
        assert (
            not {"pandas", "numpy", "matplotlib", "fastapi", "uvicorn", "locust", "requests"}
            & imported
        )


def test_the_profiles_that_can_be_chosen_are_those_there_are() -> None:
    """They are listed without importing the plan; the gate's own is not to be chosen."""
    assert [name for name in PROFILES if name != "gate"] == list(options.PROFILES)


def test_two_runs_at_once_are_refused(tmp_path: Path, simulated: Callable[..., Run]) -> None:
    """They would measure each other; the second leaves nothing, and touches nothing of the first."""
    from harness.experiment import session  # noqa: PLC0415  only this test looks behind the command

    asked = simulated("cpu_work").asked
    with session.start(
        list(asked.scenarios), profile="smoke", on="simulated", seed=0, results=tmp_path / "results"
    ) as first:
        first.run.measured.write_text("half a li")
        for name in ("cpu_work", "hop"):
            result = simulate(tmp_path / "results", name)
            assert result.exit_code == 2
            assert "another bench.py is measuring" in result.output
        assert first.run.measured.read_text() == "half a li"
        assert {path.name for path in (tmp_path / "results").iterdir()} == {
            ".lock",
            first.run.folder.name,
        }
