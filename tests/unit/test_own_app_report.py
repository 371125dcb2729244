"""What is said of somebody's own app: its route, its what-ifs in four words, what to do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.catalogue import catalogue
from harness.judge.diagnosis import Cause
from harness.model.record import Record
from harness.report import own_app
from harness.report.document import document
from harness.report.language import CHINESE, speaking, templates
from harness.report.own_changes import change, tried
from harness.report.render.own_app_json import as_json
from harness.report.render.own_app_terminal import lines
from tests.support.simulated import measured

POSTGRES = catalogue()["postgres_read"]
ROUTE = {
    "method": "GET",
    "path": "/users/{user_id}",
    "handler": "user",
    "at": "blocking.py:12",
    "runs_on": "loop",
    "coroutine": True,
    "dependencies": [{"name": "settings", "at": "shared.py:3", "runs_on": "thread"}],
}


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Record:
    """A run of an app as it is, and of the same in threads, drawn from theory."""
    blocking, threaded = (POSTGRES.variant(name) for name in ("blocking", "threaded"))
    variants = (
        replace(blocking, name="as_it_is", file="blocking"),
        replace(threaded, name="in_a_thread", file="threaded"),
    )
    scenario = replace(POSTGRES, variants=variants, claims=())
    run = measured(tmp_path_factory.mktemp("app") / "run", scenario, profile="quick")
    tries = {"as_it_is": "as it is", "in_a_thread": "def user"}
    app = {
        "app": "shop.main:app",
        "commit": "abc",
        "environment": ["TOKEN"],
        "python": "python3",
        "server": "uvicorn of the app",
        "workers": 1,
        "routes": {scenario.name: {"route": ROUTE, "tried": tries, "rules": ""}},
    }
    found = run.record()
    return replace(found, asked=replace(found.asked, app=app))


def test_what_pays_is_said_with_its_interval_and_with_the_change_that_it_stands_for(
    record: Record,
) -> None:
    """On a terminal and for programs alike."""
    (found,) = own_app.own_routes(record)
    said = list(lines(found))
    assert said[0] == (
        "GET /users/{user_id}   async def user (blocking.py:12), on the loop; "
        "dependencies: settings in a thread"
    )
    (measured_line,) = [line for line in said if "def user  " in line]
    assert measured_line.endswith("PAYS")
    assert "95 % CI" in measured_line
    assert own_app.to_do(found)[:3] == [
        "DO   blocking.py:12",
        "     - async def user(…)",
        "     + def user(…)",
    ]
    (route,) = as_json(record)["routes"]
    assert [(one["name"], one["verdict"]) for one in route["what_ifs"]] == [("in_a_thread", "PAYS")]


def test_an_own_app_has_one_chart_no_linters_findings_and_its_own_conditions(
    record: Record,
) -> None:
    """Whatever else there is to draw for a scenario of the catalogue."""
    (section,) = document(record, everything=True).sections
    assert [one.chart for one in section.charts] == ["capacity"]
    assert (section.findings, section.variants) == ((), None)
    names = dict(section.conditions)
    assert names["app"].startswith("shop.main:app, by python3")
    assert names["app"].endswith("TOKEN")
    assert "budget" not in names


def test_an_own_app_is_told_of_in_another_language_with_the_same_code_and_numbers(
    record: Record,
) -> None:
    """Names of handlers, requests and rates stay; programs read the same words as before."""
    (english,) = own_app.own_routes(record)
    verdicts = [one.verdict for one in english.what_ifs]
    with speaking(CHINESE):
        (found,) = own_app.own_routes(record)
        said = [str(own_app.headline(found)), found.question, *map(str, own_app.facts(found))]
        assert [one.verdict for one in found.what_ifs] == verdicts
        assert [verdict for *_, verdict in own_app.table(found)] == ["划算"]
        assert own_app.to_do(found)[0] == "修改   blocking.py:12"
    assert all("GET /users/{user_id}" in one for one in said[:2])
    assert not [one for one in said[1:] if one.isascii()]


def test_every_cause_of_the_judge_has_its_words() -> None:
    """In English they are the judge's own."""
    found = templates("en")
    assert {one.name: found[f"own.cause.{one.name}"] for one in Cause} == {
        one.name: one.value for one in Cause
    }


@pytest.mark.parametrize(
    ("name", "says", "first"),
    [
        ("threads_100", "100 threads", "in the app's lifespan"),
        ("settings_on_the_loop", "settings() on the loop", "shared.py:3"),
        ("on_the_loop", "async def user", "blocking.py:12"),
        ("POOL_SIZE_9", "POOL_SIZE=9", "set POOL_SIZE=9"),
    ],
)
def test_what_was_tried_is_said_as_before_and_names_its_change(
    name: str, says: str, first: str
) -> None:
    """A setting, threads, the handler and a dependency."""
    assert tried(name, says, ROUTE) == says
    assert change(name, says, ROUTE)[0] == first
    with speaking(CHINESE):
        assert tried("threads_100", "100 threads", ROUTE) == "100 個執行緒"
