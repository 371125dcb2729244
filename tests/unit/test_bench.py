"""The command, as one types it. Nothing here starts a server: what is measured is simulated."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from harness.catalogue import catalogue
from harness.cli import options
from harness.cli.main import COMMANDS
from harness.design.profile import PROFILES
from harness.project import ROOT
from harness.store.run import Run
from tests.support.commands import invoke, simulate


def test_a_run_ends_with_its_answers_and_the_path_of_the_page(tmp_path: Path) -> None:
    """And has drawn it; where it is kept was said before."""
    result = simulate(tmp_path, "http_call")
    assert result.exit_code == 0, result.output
    assert "× more than blocking (requests inside async def): " in result.output
    assert "simulated: drawn from the theory" in result.output
    page = Path(result.output.rpartition("→ ")[2].strip())
    assert page.name == "index.html"
    assert page.exists()
    assert result.output.startswith(f"Measuring into {page.parent.parent}, simulated: http_call")


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
def test_a_smoke_run_shows_no_answer_and_names_the_next_step(tmp_path: Path) -> None:
    """One short block carries none."""
    said = simulate(tmp_path, "postgres_read", "--profile", "smoke", "--knob", "wait_ms=5").output
    assert "  not judged (smoke run): it only shows that everything works" in said
    assert "95 % CI" not in said
    following = "next: bench.py postgres_read --profile quick --knob wait_ms=5 --on simulated"
    assert following in said


@pytest.mark.usefixtures("undrawn")
def test_several_answers_are_repeated_at_the_end(tmp_path: Path) -> None:
    """Together, after everything that was printed while it measured."""
    said = simulate(tmp_path, "http_call", "hop", "--profile", "smoke").output
    answers = said.partition("The answers\n")[2]
    questions = [catalogue()[name].question for name in ("http_call", "hop")]
    assert [line for line in answers.splitlines() if line in questions] == questions


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("postgre_read",), "did you mean 'postgres_read'?"),
        (("lst",), "no scenario or command named 'lst'\nHint: did you mean 'list'?"),
        (("run", "lst"), "no scenario named 'lst'"),
        (("--profile", "quik"), "'quik' is not one of"),
        (("cpu_work", "--knob", "wait_ms=5"), "no knob named 'wait_ms'"),
        (("plan", "cpu_work", "--knob", "wait_ms=5"), "no knob named 'wait_ms'"),
        (("cpu_work", "--knob", "rounds=many"), "--knob 'rounds=many' sets no knob"),
        (("cpu_work", "--on", "moon"), "'moon' is not one of"),
        (("hop", "--threads", "0"), "0 is not in the range"),
        (
            ("held_connection", "--connections", "20"),
            "held_connection asks what 40 connections do for enlarged\nHint: leave --connections",
        ),
        (("cpu_work", "--port", "99999"), "99999 is not in the range"),
        (("cpu_work", "--monitor-port", "-1"), "-1 is not in the range"),
        (("report", "nowhere"), "holds no run"),
        (("report", "README.md"), "holds no run"),
        (("gate", "--base", "HEAD", "--budget", "5d"), "--budget '5d' is no length of time"),
        (("gate", "--base", "HEAD", "--margin", "30%"), "--margin '30%' is no share"),
        (
            ("history", "--file", "README.md/history.jsonl"),
            "cannot write README.md/history.jsonl",
        ),
        (("plan", "cpu_wrok"), "did you mean 'cpu_work'?"),
    ],
)
def test_a_mistake_is_named_with_its_remedy(
    arguments: tuple[str, ...], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 2, no traceback, and no run folder."""
    monkeypatch.chdir(ROOT)
    before = set((ROOT / "results").iterdir())
    result = invoke(*arguments)
    assert result.exit_code == 2, result.output
    assert isinstance(result.exception, SystemExit)
    assert said in result.output
    assert not {one for one in set((ROOT / "results").iterdir()) - before if one.is_dir()}


def test_a_fault_of_our_own_never_says_that_something_became_slower(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Which is what exit code 1 means to a CI job."""
    monkeypatch.setattr("harness.cli.report.opened", lambda _: 1 / 0)
    result = invoke("report", "nowhere")
    assert result.exit_code == 3
    assert "a fault of bench.py itself" in result.output


def test_ctrl_c_ends_any_command_with_its_own_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """And without a traceback."""

    def interrupt(_: Path) -> Run:
        raise KeyboardInterrupt

    monkeypatch.setattr("harness.cli.report.opened", interrupt)
    result = invoke("report", "nowhere")
    assert result.exit_code == 130
    assert "Interrupted." in result.output


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
    """Its help has more than the usage line, however it is asked for."""
    for name in COMMANDS:
        said = invoke(name, "--help").output
        assert len(said.splitlines()) > 4
        assert invoke(name, "-h").output == said
        assert name in invoke("-h").output
        assert "\\b" not in said + invoke("--help").output


def test_the_version_names_the_method() -> None:
    """Because numbers of different methods are never compared."""
    assert invoke("--version").output.startswith("fastapi-bench 0.1.0, method 4")


@pytest.mark.parametrize("arguments", [["list"], ["--help"]])
def test_list_and_help_import_no_data_frame_and_no_web_framework(arguments: list[str]) -> None:
    """Which is why they answer at once."""
    code = f"import sys; sys.argv = ['bench.py', *{arguments}]; import atexit, bench; "
    code += "atexit.register(lambda: print(*sys.modules, sep='\\n')); bench.bench()"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    imported = set(done.stdout.splitlines())
    assert "click" in imported
    slow = {"pandas", "numpy", "matplotlib", "fastapi", "uvicorn", "locust", "requests", "pydantic"}
    assert not slow & imported


def test_what_measures_imports_no_charts_before_there_is_an_answer() -> None:
    """Which is why they begin, or refuse, at once.

    Intervals take scipy.special alone.
    """
    modules = ", ".join(f"harness.cli.{name}" for name in ("app", "gate", "run"))
    code = f"import sys, {modules}; print(*sys.modules, sep='\\n')"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    imported = set(done.stdout.splitlines())
    assert "harness.experiment.session" in imported
    slow = {"matplotlib", "pandas", "scipy.stats", "scipy.optimize", "fastapi", "locust"}
    assert not slow & imported


def test_the_profiles_that_can_be_chosen_are_those_there_are() -> None:
    """They are listed without importing the design; the gate's own is not to be chosen."""
    assert list(PROFILES) == list(options.PROFILES)


def test_no_postgres_anywhere_is_named_with_two_ways_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No URL, no wheel, none on the machine; and no run is left."""
    monkeypatch.delenv("POSTGRES_URL", raising=False)
    monkeypatch.setattr("harness.services.postgres.in_wheel", lambda *_: None)
    monkeypatch.setattr("harness.services.postgres._folders", list)
    result = invoke("one_driver", "--on", "host", "--results", str(tmp_path))
    assert result.exit_code == 2
    assert "there is no PostgreSQL" in result.output
    assert "install PostgreSQL with your package manager" in result.output
    assert "POSTGRES_URL=" in result.output
    assert not list(tmp_path.glob("20*"))
