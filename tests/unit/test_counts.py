"""What a change adds to each request is named by its line, whatever its times say."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from harness.cli.gate import said_of
from harness.experiment import own_gate
from harness.experiment.own_gate import RefusedError, Sides
from harness.experiment.own_visit import Visited
from harness.judge.counts import Count, CountChange, changes
from harness.judge.gate import BASE, HEAD, ContestResult, GateVerdict, Screened, exit_code
from harness.model.app import App
from harness.model.errors import BenchError
from harness.model.evidence import Evidence
from harness.model.facts import AppSnapshot, Measurement, Probe, Setting
from harness.model.own_app import OwnApp
from harness.model.trial import Trial
from harness.model.workload import Workload
from harness.places.host import Host
from harness.places.own_checkouts import State
from harness.report.gate import Outcome, because, counted
from harness.report.render import exports
from harness.system import cores
from tests.support.simulated_gate import CONTESTS, FIRST, Gates, none, only

QUIET = Evidence(
    ran_on="loop",
    what="product in main.py",
    stood_still=0.5,
    longest_s=0.0,
    line="shop/main.py:12",
    code="return PRICES[number]",
    computing=0.5,
    hops=1.0,
)
HELD = replace(
    QUIET, stood_still=0.97, computing=0.05, line="shop/main.py:13", code="time.sleep(0.01)"
)
BEFORE_S, HELD_S = 0.0005, 0.0105
ROUTE = {
    "handler": "product",
    "at": "shop/main.py:11",
    "runs_on": "loop",
    "dependencies": [{"name": "currency", "at": "shop/main.py:5", "runs_on": "thread"}],
}


def seen(evidence: Evidence, took_s: float = BEFORE_S, **pools: int) -> Measurement:
    """Return what was seen of a side, one request after the other."""
    trial = Trial(
        scenario="get", variant="base", kind="evidence", block=0, position=0, seed=0, phases=()
    )
    return Measurement(
        trial=trial,
        setting=Setting(place="host"),
        cores=1,
        probe=Probe(work_s=took_s, work_cpu_s=0.0, idle_s=0.0, idle_cpu_s=0.0, median_s=took_s),
        rss_bytes=0,
        foreign=0.0,
        app=AppSnapshot(threads=40, pools=pools, workers=1, connections=0, slowest_s=0.0),
        evidence=evidence,
    )


QUICK = seen(QUIET)


def test_a_line_that_newly_holds_the_loop_is_named() -> None:
    """With how long it does so in each request, and that it waits there."""
    (found,) = changes(QUICK, seen(HELD, HELD_S))
    assert (found.kind, found.line, found.code) == (Count.HELD, HELD.line, HELD.code)
    assert found.head == pytest.approx(0.97 * HELD_S)
    assert found.waiting
    assert counted(found) == (
        "shop/main.py:13 newly holds the loop, waiting, for 10.2 ms of each request, "
        "0.250 ms before: time.sleep(0.01)"
    )


def test_a_function_of_a_library_is_named_where_no_line_of_the_app_called_it() -> None:
    """Such as a middleware's."""
    library = replace(HELD, line=None, code=None, library="send in sessions.py", computing=0.9)
    (found,) = changes(QUICK, seen(library, HELD_S))
    assert counted(found).startswith("code of a library newly holds the loop, computing, for ")
    assert counted(found).endswith(": in send in sessions.py")


@pytest.mark.parametrize(
    ("head", "took_s"),
    [
        (QUIET, BEFORE_S),
        (replace(QUIET, line="shop/main.py:99"), HELD_S),  # the same code, further down
        (replace(HELD, stood_still=0.05), HELD_S),  # mostly awaited
        (HELD, 0.0009),  # for less than a millisecond
        (replace(HELD, line=None, code=None), HELD_S),  # nobody knows what
    ],
    ids=["nothing", "shifted", "awaited", "short", "unknown"],
)
def test_what_does_not_newly_hold_the_loop_is_not_named(head: Evidence, took_s: float) -> None:
    """So that a comment above a line is no change."""
    assert not changes(QUICK, seen(head, took_s))


def test_a_second_blocking_line_is_named_beside_one_that_base_has_too() -> None:
    """The share of the time is hardly another; the time of each request is."""
    longer = replace(HELD, line="shop/main.py:14", code="time.sleep(0.02)")
    (found,) = changes(seen(HELD, HELD_S), seen(longer, 0.0305))
    assert found.line == "shop/main.py:14"


@pytest.mark.parametrize(("head", "more"), [(2.0, True), (1.4, False), (0.0, False), (None, False)])
def test_a_hop_more_for_each_request_is_named(head: float | None, *, more: bool) -> None:
    """One that only the first request makes is none."""
    found = changes(QUICK, seen(replace(QUIET, hops=head)))
    assert [one.kind for one in found] == [Count.HOPS] * more


@pytest.mark.parametrize(
    ("before", "now", "blamed"),
    [
        ({**ROUTE, "dependencies": []}, ROUTE, "currency, shop/main.py:5"),
        (ROUTE, {**ROUTE, "runs_on": "thread"}, "product, shop/main.py:11"),
        (ROUTE, ROUTE, "product, shop/main.py:11"),  # handed over by its own code
    ],
    ids=["dependency", "handler", "inside"],
)
def test_a_hop_is_found_where_the_route_differs(
    before: dict[str, object], now: dict[str, object], blamed: str
) -> None:
    """What runs in a thread in head alone; else it is inside of the handler."""
    (found,) = changes(QUICK, seen(replace(QUIET, hops=2.0)), (before, now))
    assert counted(found) == f"2 hops to threads for each request, 1 before: {blamed}"


def test_more_connections_in_pools_are_named() -> None:
    """However many pools there are."""
    (found,) = changes(seen(QUIET, one=10), seen(QUIET, one=10, other=10))
    assert counted(found) == "20 connections in its pools, 10 before"
    assert not changes(seen(QUIET, one=10), seen(QUIET, one=5))


def test_without_evidence_nothing_is_counted() -> None:
    """Of a trial that only measured times."""
    assert not changes(replace(QUICK, evidence=None), seen(HELD, HELD_S))


SLEEPS = CountChange(
    kind=Count.HELD, base=0.0, head=0.0102, line="shop/main.py:13", code="f(a < b)", waiting=True
)
UNTIMED = ContestResult(CONTESTS[0], Screened(), counts=(SLEEPS,))


def test_a_count_is_red_whatever_the_times_say(gates: Gates) -> None:
    """It is said before anything is timed, and no fresh blocks are measured for it."""
    slower = gates(only(FIRST, 0.8, 1.2))
    slower.counts = {FIRST: (SLEEPS,)}
    assert slower.results(CONTESTS[:2])[FIRST].verdict is GateVerdict.REGRESSION
    assert FIRST not in {one.trial.scenario for one in slower.again.read()}
    equal = gates(none)
    equal.counts = {FIRST: (SLEEPS,)}
    first, *_ = equal.events(CONTESTS[:1])
    assert first == UNTIMED
    assert exit_code([UNTIMED], strict=False) == 1


def test_counts_come_first_in_every_format(gates: Gates) -> None:
    """On the terminal, in the comment, in JUnit and in gate.json."""
    counting = gates()
    counting.counts = {FIRST: (SLEEPS,)}
    result = counting.results(CONTESTS[:1])[FIRST]
    said = counted(SLEEPS)
    assert because(result).startswith(f"{said}; by time ")
    assert said_of(result, last=True).startswith(f"✗ {result.contest.title}: {said}; by time ")
    outcome = Outcome("base", "head", 0.03, [result], [], [], "bench.py app", 60)
    markdown = exports.FORMATS["gate.md"](outcome)
    escaped = said.replace("<", "&lt;")
    assert f"\n- **{result.contest.title}**: {escaped}\n" in markdown.partition("| scenario |")[0]
    assert "| ✗ counted; by time " in markdown
    assert exports.junit(outcome).count(escaped.replace(">", "&gt;")) == 2
    (found,) = json.loads(exports.gate_json(outcome))
    assert found["counts"] == [
        {
            "kind": "held",
            "base": 0.0,
            "head": 0.0102,
            "line": "shop/main.py:13",
            "code": "f(a < b)",
            "library": None,
            "waiting": True,
        }
    ]


def sides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, visits: Sequence[Measurement]) -> Sides:
    """Return two sides of an app, of whose visits this is seen, one after the other."""
    left = iter(visits)

    def visit(_: OwnApp, asked: Workload, *__: object) -> Visited:
        if (found := next(left)) is BROKEN:
            raise BenchError("it answered 404", hint="correct it")
        return Visited(asked, None, found, ())

    monkeypatch.setattr(own_gate, "visit", visit)
    own = OwnApp(app=App(target="shop.main:app", folder=tmp_path), questions=(ASKED,))
    state = State("a commit", tmp_path, tmp_path)
    supervisor: Any = SimpleNamespace(folder=tmp_path)
    place = Host(supervisor, cores.split(1), 0, 0)
    return Sides(
        apps={BASE: own, HEAD: own},
        states={BASE: state, HEAD: state},
        place=place,
        supervisor=supervisor,
    )


ASKED = Workload("/products/1")
SLOW = seen(HELD, HELD_S)
BROKEN = seen(replace(QUIET, what="broken"))


@pytest.mark.parametrize(
    ("visits", "kinds"),
    [
        ([QUICK, QUICK], []),  # head first, then base
        ([SLOW, QUICK, QUICK, SLOW], [Count.HELD]),
        ([SLOW, QUICK, QUICK, QUICK], []),
    ],
    ids=["nothing", "twice", "once"],
)
def test_a_count_is_named_where_it_is_found_again_in_the_other_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, visits: list[Measurement], kinds: list[Count]
) -> None:
    """What happened once may be an accident, and what the first server does may be its own."""
    found = sides(tmp_path, monkeypatch, visits).counted(ASKED, ASKED)
    assert [one.kind for one in found.changes] == kinds


@pytest.mark.parametrize(
    ("visits", "side"), [([BROKEN], HEAD), ([QUICK, BROKEN], BASE)], ids=["head", "base"]
)
def test_a_side_that_does_not_answer_rightly_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, visits: list[Measurement], side: str
) -> None:
    """With its state, and the remedy."""
    with pytest.raises(RefusedError, match="a commit: it answered 404") as refused:
        sides(tmp_path, monkeypatch, visits).counted(ASKED, ASKED)
    assert (refused.value.side, refused.value.hint) == (side, "correct it")
