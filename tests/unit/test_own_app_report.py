"""What is said of somebody's own app: its route, its what-ifs in four words, what to do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from harness.catalogue import catalogue
from harness.model.record import Record
from harness.report import own_app
from harness.report.document import document
from harness.report.render.own_app_json import as_json
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


def recorded(folder: Path) -> Record:
    """Return a run of an app as it is, and of the same in threads, drawn from theory."""
    blocking, threaded = (POSTGRES.variant(name) for name in ("blocking", "threaded"))
    variants = (
        replace(blocking, name="as_it_is", file="blocking"),
        replace(threaded, name="in_a_thread", file="threaded"),
    )
    scenario = replace(POSTGRES, variants=variants, claims=())
    run = measured(folder, scenario, profile="quick")
    tried = {"as_it_is": "as it is", "in_a_thread": "def user"}
    app = {
        "app": "shop.main:app",
        "commit": "abc",
        "environment": ["TOKEN"],
        "python": "python3",
        "server": "uvicorn of the app",
        "workers": 1,
        "routes": {scenario.name: {"route": ROUTE, "tried": tried, "rules": ""}},
    }
    record = run.record()
    return replace(record, asked=replace(record.asked, app=app))


def test_what_pays_is_said_with_its_interval_and_with_the_change_that_it_stands_for(
    tmp_path: Path,
) -> None:
    """On a terminal and for programs alike."""
    record = recorded(tmp_path)
    (found,) = own_app.own_routes(record)
    lines = list(own_app.lines(found))
    assert lines[0] == (
        "GET /users/{user_id}   async def user (blocking.py:12), on the loop; "
        "dependencies: settings in a thread"
    )
    (tried,) = [line for line in lines if "def user  " in line]
    assert tried.endswith("PAYS")
    assert "95 % CI" in tried
    assert own_app.to_do(found)[:3] == [
        "DO   blocking.py:12",
        "     - async def user(…)",
        "     + def user(…)",
    ]
    (route,) = as_json(record)["routes"]
    assert [(one["name"], one["verdict"]) for one in route["what_ifs"]] == [("in_a_thread", "PAYS")]


def test_an_own_app_has_one_chart_no_linters_findings_and_its_own_conditions(
    tmp_path: Path,
) -> None:
    """Whatever else there is to draw for a scenario of the catalogue."""
    (section,) = document(recorded(tmp_path), everything=True).sections
    assert [one.chart for one in section.charts] == ["capacity"]
    assert (section.findings, section.variants) == ((), None)
    names = dict(section.conditions)
    assert names["app"].startswith("shop.main:app, by python3")
    assert names["app"].endswith("told TOKEN")
    assert "budget" not in names
