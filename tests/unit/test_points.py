"""A scenario that is asked at several points of its knobs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.catalogue import catalogue, select, values_of
from harness.design.design import Design, Placing
from harness.design.profile import PROFILES
from harness.judge.judging import answer_of
from harness.model import Claim, Scenario, grid
from harness.model.errors import BenchError
from harness.model.scenario import APART, Point
from harness.project import ROOT
from harness.store.run import Run
from tests.support.commands import invoke, simulate

HTTP = catalogue()["http_call"]


def _over(*points: Point, **changes: Any) -> Scenario:
    return replace(HTTP, over=points, **changes)


def test_a_grid_is_every_combination() -> None:
    """In the order in which the values are given."""
    assert grid(wait_ms=(1, 10), clients=(4,)) == (
        {"wait_ms": 1, "clients": 4},
        {"wait_ms": 10, "clients": 4},
    )


def test_each_point_is_a_question_of_its_own() -> None:
    """With a name for files, a title for people, and the knob as the app is told it."""
    first, second = _over({"wait_ms": 0.3}, {"wait_ms": 10}).points
    assert (first.name, first.title) == ("http_call-wait_ms-0_3", "http_call at wait_ms=0.3")
    assert first.home == second.home == "http_call"
    assert first.app("awaiting", ROOT).environment["WAIT_MS"] == "0.3"
    (many,) = _over({"wait_ms": 1e6}).points
    assert many.name == "http_call-wait_ms-1000000"
    assert HTTP.points == (HTTP,)


def test_connections_follow_the_clients_where_they_are_as_many() -> None:
    """A budget that was declared apart stays."""
    alike = _over({"clients": 400}, clients=64, budget=replace(HTTP.budget, connections=64))
    (point,) = alike.points
    assert (point.clients, point.budget.connections) == (400, 400)
    (apart,) = _over({"clients": 400}, budget=replace(HTTP.budget, connections=7)).points
    assert (apart.clients, apart.budget.connections) == (400, 7)


def test_a_claim_is_made_where_it_says() -> None:
    """One that says nothing is made everywhere."""
    where = Claim("threaded", "blocking", 3, where={"wait_ms": 10})
    everywhere = Claim("threaded", "blocking", 1)
    short, long = _over({"wait_ms": 0}, {"wait_ms": 10}, claims=(where, everywhere)).points
    assert short.claims == (everywhere,)
    assert long.claims == (where, everywhere)


def test_a_knob_that_is_set_leaves_one_value_of_it() -> None:
    """The others are asked no more."""
    turned = _over(*grid(wait_ms=(1, 10), clients=(4, 8))).with_knobs({"wait_ms": 50})
    assert turned.over == ({"wait_ms": 50, "clients": 4}, {"wait_ms": 50, "clients": 8})


def test_who_asks_over_other_values_gets_no_claims() -> None:
    """They were made for the values that are declared."""
    asked = HTTP.asked_over({"wait_ms": (1, 100), "chunks": (3,)})
    assert [one.at for one in asked.points] == [{"wait_ms": 1}, {"wait_ms": 100}]
    assert HTTP.claims
    assert not asked.claims
    assert HTTP.asked_over({"chunks": (3,)}) is HTTP


def test_an_unknown_knob_is_refused() -> None:
    """In a declaration, and on the command line, with the nearest name."""
    with pytest.raises(ValueError, match="'wait'"):
        _over({"wait": 1})
    with pytest.raises(BenchError, match="no knob named 'wait'"):
        values_of([HTTP], [("wait", (1, 10))])
    with pytest.raises(BenchError, match="whole numbers"):
        values_of([HTTP], [("clients", (0.5, 10))])
    refused = invoke("plan", "http_call", "--over", "wait_ms=1,x")
    assert refused.exit_code == 2
    assert "wait_ms=1,10,100" in refused.output


def test_a_point_gets_no_more_blocks_than_planned() -> None:
    """There are many of them, and one that is noisy is not to delay the others."""
    (point,) = _over({"wait_ms": 10}).points
    quick, standard = (Design(point, PROFILES[name]) for name in ("quick", "standard"))
    assert quick.most_blocks == quick.planned_blocks == 5
    assert Design(HTTP, PROFILES["quick"]).most_blocks == 10
    assert standard.most_blocks == PROFILES["standard"].most


def test_many_clients_are_all_answered_before_a_window_opens() -> None:
    """Each once, if a request takes the server two milliseconds."""
    few, many = _over({"clients": 64}, {"clients": 400}).points
    for point, ramp_s in ((few, 0.3), (many, 0.8)):
        trial = next(Design(point, PROFILES["quick"]).blocks(0, Placing(None, 0.01)))[0]
        (phase,) = (one for one in trial.phases if one.clients == point.clients)
        assert ramp_s <= phase.ramp_s < ramp_s + 0.2


def test_groups_that_stand_apart_are_measured_where_they_are_named() -> None:
    """So that a bare run stays short."""
    bare = {one.group for one in select([], catalogue())}
    assert bare
    assert not bare & set(APART)


def test_a_plan_shows_one_point_and_names_the_others() -> None:
    """And how long all of them take."""
    said = invoke("plan", "http_call", "--over", "wait_ms=1,10,100").output
    assert said.count("each trial:") == 1
    assert "  the same at wait_ms=10; wait_ms=100\n" in said
    assert "3 scenarios, about" in said


@pytest.mark.usefixtures("undrawn")
def test_every_point_is_measured_and_answered_for_itself(tmp_path: Path) -> None:
    """Waits that grow make blocking worse, in the simulation by the ceilings alone."""
    simulate(tmp_path, "http_call", "--over", "wait_ms=1,100")
    (folder,) = tmp_path.glob("20*")
    record = Run(folder).record()
    assert [one.at for one in record.asked.scenarios] == [{"wait_ms": 1}, {"wait_ms": 100}]
    assert len({one.trial.scenario for one in record.measurements}) == 2
    short, long = (answer_of(record, one) for one in record.asked.scenarios)
    gains = [one.contrasts[0].gain for one in (short, long)]
    assert gains[0]
    assert gains[1]
    assert gains[1].estimate > 3 * gains[0].estimate
