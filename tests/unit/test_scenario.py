"""Declarations: right ones are found, wrong ones are refused with the file and the remedy."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.catalogue import catalogue, knobs_of, select
from harness.design.design import Design
from harness.design.profile import PROFILES
from harness.judge.answer import answer
from harness.judge.caveats import Caveat
from harness.judge.interval import Verdict
from harness.model.errors import BenchError
from harness.project import ROOT
from tests.support.simulated import measured

QUICK = PROFILES["quick"]

DECLARATION = """
from harness.model import (
    Budget, Claim, Scenario, Trap, Variant, Workload, capacity, event_loop, one_at_a_time
)

scenario = Scenario(
    group="clients",
    question="Does a nap hurt?",
    workload=Workload("/nap/{key}"),
    needs=(),
    primary=capacity,
    budget=Budget(),
    clients=8,
    variants=(
        Variant("blocking", "time.sleep", "loop", one_at_a_time()),
        Variant("awaiting", "asyncio.sleep", "loop", event_loop()),
    ),
    claims=(Claim("awaiting", over="blocking", at_least=2),),
    traps=(Trap("a nap blocks", "awaiting", over="blocking", by=capacity),),
)
"""


@pytest.fixture
def added(tmp_path: Path) -> Callable[..., Path]:
    """Add a scenario to a temporary catalogue, with some of its words replaced."""

    def add(old: str = "", new: str = "") -> Path:
        folder = tmp_path / "scenarios" / "nap"
        folder.mkdir(parents=True)
        for file in ("blocking.py", "awaiting.py", "shared.py"):
            (folder / file).touch()
        assert old in DECLARATION
        (folder / "scenario.py").write_text(DECLARATION.replace(old, new))
        return tmp_path

    return add


def test_a_new_scenario_is_one_folder_and_goes_all_the_way_to_an_answer(
    added: Callable[..., Path], tmp_path: Path
) -> None:
    """Found, planned, driven, judged."""
    nap = catalogue(added())["nap"]
    run = measured(tmp_path / "run", nap)
    (contrast,) = answer(Design(nap, QUICK), run.read()).contrasts
    assert contrast.verdict is Verdict.BETTER


@pytest.mark.parametrize(
    ("old", "new", "said", "hint"),
    [
        ('"awaiting"', '"awaitin"', "variant named 'awaitin'", "did you mean 'awaiting'?"),
        ('group="clients"', 'group="client"', "group named 'client'", "did you mean 'clients'?"),
        ('"/nap/{key}"', '"nap/{key}"', "'nap/{key}' is no path", "CONTRIBUTING.md"),
        ('"/nap/{key}"', '"/nap/{key}", keys="9..1"', "are no keys", "CONTRIBUTING.md"),
        ("primary=capacity", 'primary="capacity"', "is no scenario", "CONTRIBUTING.md"),
        ("needs=()", 'needs=("postgre",)', "service named 'postgre'", "did you mean 'postgres'?"),
        ('over="blocking"', 'over="block"', "a claim names the variant 'block'", "CONTRIBUTING.md"),
        ('blocks", "awaiting"', 'blocks", "await"', "variant named 'await'", "mean 'awaiting'?"),
        (
            "needs=()",
            'needs=("redis",), knobs={"wait_ms": 1}, waits={"redis": "wait"}',
            "knob named 'wait'",
            "did you mean 'wait_ms'?",
        ),
        (
            "needs=()",
            'needs=("redis",), knobs={"wait_ms": 1}, waits={"rediss": "wait_ms"}',
            "service named 'rediss'",
            "did you mean 'redis'?",
        ),
        ("clients=8,", "", "missing 1 required keyword-only argument", "CONTRIBUTING.md"),
        (
            "scenario = Scenario(",
            "scenario = dict(",
            "`scenario` is a dict",
            "harness.model.Scenario",
        ),
        ("Budget, Claim", "Budgie, Claim", "cannot import name 'Budgie'", "CONTRIBUTING.md"),
    ],
)
def test_a_wrong_declaration_is_refused_with_its_file(
    added: Callable[..., Path], old: str, new: str, said: str, hint: str
) -> None:
    """At `bench.py list`, not in hour two."""
    root = added(old, new)
    with pytest.raises(BenchError) as refused:
        catalogue(root)
    assert "scenarios/nap/scenario.py" in str(refused.value)
    assert said in str(refused.value)
    assert hint in refused.value.hint


def test_a_variant_that_is_no_python_is_refused_with_its_file_and_line(
    added: Callable[..., Path],
) -> None:
    """When the catalogue is read, which reads the imports of every variant."""
    root = added()
    (root / "scenarios" / "nap" / "awaiting.py").write_text("import asyncio\nasync def nap(:\n")
    with pytest.raises(
        BenchError, match=r"scenario\.py: a variant cannot be read: .*awaiting\.py, line 2"
    ):
        catalogue(root)


def test_a_variant_may_import_the_folder_of_its_scenario(added: Callable[..., Path]) -> None:
    """Which is no library."""
    root = added()
    (root / "scenarios" / "nap" / "awaiting.py").write_text(
        "from scenarios import nap\nimport httpx\n"
    )
    assert catalogue(root)["nap"].variant("awaiting").libraries == ("httpx",)


def test_where_every_declaration_is_refused_the_first_refusal_is_said(
    added: Callable[..., Path],
) -> None:
    """And not that there are none."""
    refused: dict[str, BenchError] = {}
    with pytest.raises(BenchError, match="no group named 'client'"):
        catalogue(added('group="clients"', 'group="client"'), refused)


def test_a_misspelt_scenario_is_recognised() -> None:
    """The nearest name is offered."""
    with pytest.raises(BenchError) as refused:
        select(["postgre_read"], catalogue())
    assert refused.value.hint == "did you mean 'postgres_read'?"


def test_a_group_is_all_of_its_scenarios() -> None:
    """Beside those that were named, each once."""
    names = [one.name for one in select(["cpu_work", "http_call"], catalogue(), ["clients"])]
    assert names[:2] == ["cpu_work", "http_call"]
    assert set(names[2:]) == {
        name for name, one in catalogue().items() if one.group == "clients"
    } - {"http_call"}


def test_a_knob_that_turns_nothing_is_refused() -> None:
    """Instead of being ignored."""
    with pytest.raises(BenchError, match="no knob named 'wait'") as refused:
        knobs_of(catalogue().values(), [("wait", 10)])
    assert refused.value.hint == "did you mean 'wait_ms'?"


def test_a_knob_turns_the_scenarios_that_have_it() -> None:
    """And leaves the others alone."""
    scenarios = catalogue()
    assert scenarios["postgres_read"].with_knobs({"wait_ms": 50}).knobs == {"wait_ms": 50}
    assert scenarios["cpu_work"].with_knobs({"wait_ms": 50}) == scenarios["cpu_work"]


def test_a_variant_can_be_compared_with_itself() -> None:
    """Under two names, from the one file that it has."""
    twins = catalogue()["http_call"].as_aa_test("threaded")
    assert [(variant.name, variant.source, variant.runs_on) for variant in twins.variants] == [
        ("one", "threaded", "thread"),
        ("other", "threaded", "thread"),
    ]
    assert Design(twins, QUICK).pairs == (("other", "one"),)


def test_apps_run_by_hand_under_the_declared_budget() -> None:
    """The defaults in shared.py are the budget and the knobs, which are what is measured."""
    for scenario in catalogue().values():
        folder = ROOT / "scenarios" / scenario.name
        code = "".join(
            path.read_text() for path in folder.glob("*.py") if path.name != "scenario.py"
        )
        declared = {
            "WORKERS": scenario.budget.workers,
            "THREADS": scenario.budget.threads,
            "CONNECTIONS": scenario.budget.connections,
            **{name.upper(): value for name, value in scenario.knobs.items()},
        }
        for name, value in declared.items():
            if f'os.getenv("{name}"' in code:
                assert f'os.getenv("{name}", "{value:g}")' in code.replace(
                    "1000000", f"{1000000:g}"
                ), (scenario.name, name)


def test_what_a_variant_stands_on_is_read_from_its_file() -> None:
    """Also through a file beside it; and a comparison of two libraries says that it is one."""
    postgres = catalogue()["postgres_read"]
    assert {one.name: one.libraries for one in postgres.variants} == {
        "blocking": ("psycopg2",),
        "threaded": ("psycopg2",),
        "awaiting": ("asyncpg",),
        "offloaded": ("psycopg2",),
    }
    assert Caveat.LIBRARIES in answer(Design(postgres, QUICK), []).caveats
    assert Caveat.LIBRARIES not in answer(Design(catalogue()["upstream_limit"], QUICK), []).caveats


OPENING = {  # where that is the question
    "db_connections/connecting.py",
    "db_connections/connecting_in_threads.py",
    "http_connections/opening.py",
    "lifecycle/forgotten.py",
    "lifecycle/piling.py",
}
SLEEPING = {
    # For no time at all, which is how a loop gets its turn.
    "await_size/switch.py",
    "tax/switch.py",
    # In place of the wait: every interpreter has the standard library.
    "interpreter/threaded.py",
    # Until a caller may call.
    "market_data/pacer.py",
    "market_data/shared.py",
}


@pytest.mark.parametrize(
    "file",
    sorted(ROOT.glob("scenarios/*/*.py")),
    ids=lambda file: f"{file.parent.name}/{file.name}",
)
def test_no_variant_sleeps_for_work_or_opens_a_client_in_its_handler(file: Path) -> None:
    """Work is real, and a client lives as long as the app.

    A session of SQLAlchemy is no client; its engine is.
    """
    tree = ast.parse(file.read_text())
    calls = [ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)]
    name = f"{file.parent.name}/{file.name}"
    sleeps = not {"time.sleep", "asyncio.sleep", "sleep"}.isdisjoint(calls)
    assert sleeps == (name in SLEEPING)
    handlers = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.decorator_list
    ]
    routes = [
        node for node in handlers if any("app." in ast.unparse(one) for one in node.decorator_list)
    ]
    opened = [
        ast.unparse(node.func)
        for route in routes
        for node in ast.walk(route)
        if isinstance(node, ast.Call)
    ]
    opens = [
        one
        for one in opened
        if one != "Session" and one.endswith(("Client", "Session", "connect", "create_pool"))
    ]
    assert bool(opens) == (name in OPENING)
