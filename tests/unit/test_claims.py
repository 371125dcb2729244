"""Numbers by their ids, and the command that shows what stands behind one."""

from __future__ import annotations

import math
import shlex
from dataclasses import replace
from pathlib import Path
from statistics import geometric_mean

import pytest

from harness.catalogue import catalogue
from harness.experiment.simulated import Simulator
from harness.model.errors import BenchError
from harness.model.facts import Measurement
from harness.model.scenario import grid
from harness.model.trial import Trial
from harness.report.claims import Number, command_of, find, numbers
from harness.report.document import Document, document
from harness.report.headline import claim_id, told
from harness.store.run import Run
from tests.support.commands import invoke
from tests.support.simulated import measured

CATALOGUE = catalogue()
POSTGRES, HTTP, HOP = (CATALOGUE[name] for name in ("postgres_read", "http_call", "hop"))
POINTS = replace(HTTP, over=grid(wait_ms=(0.3, 10))).points
RATIO = "postgres_read.awaiting/blocking"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A simulated run of three scenarios, one of them at two points, with a void block."""
    scenarios = (POSTGRES, HOP, *POINTS)
    drive = Simulator(scenarios)

    def one(trial: Trial) -> Measurement:
        found, place = drive(trial), (trial.scenario, trial.block, trial.attempt)
        return replace(found, foreign=0.9) if place == (POSTGRES.name, 2, 0) else found

    folder = tmp_path_factory.mktemp("results") / "2026-01-02T03-04-05-quick"
    return measured(folder, *scenarios, drive=one)


@pytest.fixture(scope="module")
def said(run: Run) -> Document:
    """What it says."""
    return document(run.record())


def ratios(found: Number) -> list[float]:
    """Return the ratio of each block."""
    return [float(row.ratio.removesuffix("×")) for row in found.rows]


def test_every_number_is_found_by_its_id(said: Document) -> None:
    """Which is its own; those that lead each scenario are among them."""
    ids = [one.id for one in numbers(said)]
    assert len(set(ids)) == len(ids)
    for one in ids:
        assert find(said, one).id == one
    for section in said.sections:
        lead = told(section.run)
        assert lead is not None
        assert claim_id(section.name, lead.subject, lead.over) in ids
        assert {claim_id(section.name, name) for name in section.run.variants} <= set(ids)


@pytest.mark.parametrize("wanted", [RATIO, "hop.inline/threaded"])
def test_the_ratio_is_the_mean_of_those_of_its_blocks(said: Document, wanted: str) -> None:
    """In the direction in which more is better, whatever the metric."""
    found = find(said, wanted)
    assert geometric_mean(ratios(found)) == pytest.approx(float(found.text[:-1]), rel=0.01)
    low, _, high = found.interval.partition(" to ")
    assert float(low[:-1]) <= float(found.text[:-1]) <= float(high[:-1])
    assert len(found.rows) == len(found.run.blocks)
    assert found.variants == tuple(wanted.partition(".")[2].split("/"))


def test_a_level_has_what_each_block_read(said: Document) -> None:
    """In the unit of the metric, and is compared with nothing."""
    found = find(said, "postgres_read.awaiting")
    assert found.text.endswith(" requests/s")
    read = [float(one.replace(",", "")) for row in found.rows for one in row.levels]
    level = float(found.text.partition(" ")[0].replace(",", ""))
    assert geometric_mean(read) == pytest.approx(level, rel=0.01)
    assert not any(row.ratio for row in found.rows)


def test_points_have_ids_of_their_own(said: Document) -> None:
    """With dashes and underscores in their names."""
    short, long = (find(said, claim_id(one.name, "awaiting", "blocking")) for one in POINTS)
    assert short.id == "http_call-wait_ms-0_3.awaiting/blocking"
    assert not math.isclose(float(short.text[:-1]), float(long.text[:-1]), rel_tol=0.5)


def test_an_id_that_does_not_exist_is_refused_with_the_nearest(said: Document) -> None:
    """And with the command that lists all of them."""
    for wrong in ("postgres_read.awaitng/blocking", "postgres-read.awaiting/blocking"):
        with pytest.raises(BenchError, match="has no number") as refused:
            find(said, wrong)
        assert f"did you mean {RATIO}" in refused.value.hint
    with pytest.raises(BenchError) as refused:
        find(said, "nothing at all")
    assert refused.value.hint == "`bench.py claim RUN` lists all of a run"


def test_a_run_that_is_not_judged_has_no_number(tmp_path: Path) -> None:
    """Neither a ratio nor a level, and no block's; it says why."""
    smoke = document(measured(tmp_path / "run", POSTGRES, profile="smoke").record())
    for one in numbers(smoke):
        assert (one.text, one.interval, one.rows) == ("n/a", "", ())
    assert "smoke" in find(smoke, RATIO).says


def test_the_command_measures_the_same_question(run: Run) -> None:
    """Its point, and the knobs and the budget that are others than the catalogue's."""
    record = run.record()
    how = "--profile quick --seed 0 --on simulated"
    assert command_of(record, POSTGRES) == f"bench.py postgres_read {how}"
    short, _ = POINTS
    assert command_of(record, short) == f"bench.py http_call --knob wait_ms=0.3 {how}"
    turned = POSTGRES.with_knobs({"wait_ms": 50}).with_budget({"threads": 8})
    words = command_of(record, turned)
    assert words == f"bench.py postgres_read --knob wait_ms=50 --threads 8 {how}"
    assert "budget: workers 1, threads 8" in invoke("plan", *shlex.split(words)[1:-6]).output
    (many,) = replace(HTTP, over=grid(wait_ms=(1,), clients=(400,))).points
    assert "--over wait_ms=1 --over clients=400 --profile" in command_of(record, many)


def test_of_somebodys_own_app_the_command_asks_the_same_route(run: Run) -> None:
    """With the keys that it was asked with."""
    record = run.record()
    own = replace(record, asked=replace(record.asked, app={"app": "shop.main:app"}))
    assert command_of(own, POSTGRES) == (
        "bench.py app shop.main:app --get '/users/{key}' --param key=1..1000 --seed 0"
    )


def test_the_command_shows_all_that_stands_behind_a_number(run: Run, said: Document) -> None:
    """The sentence, each block, what was void, where and when it was measured, how to repeat it."""
    result = invoke("claim", RATIO, str(run.folder))
    assert result.exit_code == 0, result.output
    found, lines = find(said, RATIO), result.output.splitlines()
    assert lines[:2] == [f"{RATIO}: {found.text}, 95 % interval {found.interval}", found.says]
    assert "awaiting: asyncpg" in lines
    for row in found.rows:
        cells = " ".join([row.block, *row.levels, row.ratio])
        assert any(" ".join(line.split()) == cells for line in lines)
    for part in (
        "capacity; higher is better",
        "better; awaiting at least 3× better than blocking: confirmed",
        "2026-01-02 03:04",
        "profile quick on simulated, seed 0, method 4",
        "block 2 (",
        "other work, or the hypervisor",
        "simulated: drawn from the theory",
        "git checkout abc",
        command_of(run.record(), POSTGRES),
    ):
        assert part in result.output
    first = next(line for line in lines if line.startswith("void"))
    assert "block 2" in first


def test_without_an_id_all_are_listed(
    run: Run, said: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of the run that is named, else of the newest."""
    monkeypatch.setattr("harness.cli.claim.RESULTS", run.folder.parent)
    listed = invoke("claim", str(run.folder)).output
    assert invoke("claim").output == listed
    assert [line.split()[0] for line in listed.splitlines()] == [one.id for one in numbers(said)]
    found = find(said, RATIO)
    assert f"{found.text}  [{found.interval}]" in listed


def test_a_wrong_id_ends_with_exit_code_2(run: Run) -> None:
    """And names the right one."""
    result = invoke("claim", "postgres_read.awaiting/blocked", str(run.folder))
    assert result.exit_code == 2
    assert f"did you mean {RATIO}" in result.output
