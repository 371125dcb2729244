"""The scenes: their bounds, what a pacer does, and how Spark is left out where there is none."""

from __future__ import annotations

import asyncio
import shutil
import time
from dataclasses import replace
from pathlib import Path

import pytest

from harness.catalogue import catalogue
from harness.experiment.fitting import fitting
from harness.model.errors import Unavailable
from harness.model.scenario import Scenario
from harness.model.theory import Demand
from harness.places.choice import Choice
from harness.places.engine import Engine
from harness.services import provide, spark
from harness.services.service import kind_of
from scenarios.market_data.pacer import PACE, Pacer

CATALOGUE = catalogue()
REPORT = CATALOGUE["large_report"]
WITHOUT_SPARK = ["sequential", "threaded", "gathered"]


def test_a_pacer_lets_callers_go_on_evenly_apart() -> None:
    """However many come at once, each gets a turn of its own."""

    async def turns(number: int) -> list[float]:
        pacer = Pacer()

        async def went_on() -> float:
            await pacer.turn()
            return time.monotonic()

        return await asyncio.gather(*(went_on() for _ in range(number)))

    began_s = time.monotonic()
    found = asyncio.run(turns(10))
    assert found == sorted(found)
    assert all(at_s - began_s >= turn / PACE - 0.001 for turn, at_s in enumerate(found))


def test_without_pyspark_only_its_variant_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """By its name, with the one command that adds it."""
    monkeypatch.delenv("SPARK_URL", raising=False)
    monkeypatch.setattr(spark, "in_wheel", lambda *_: None)
    (left,), (skipped,) = fitting(
        [REPORT], lambda need: provide.lacking(need) if need == "spark" else None
    )
    assert [variant.name for variant in left.variants] == WITHOUT_SPARK
    assert skipped.what == "large_report/spark"
    assert "pyspark is not installed" in skipped.why
    assert skipped.remedy.endswith("pip install --require-hashes -r requirements-spark.lock")


def test_without_java_spark_names_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not pyspark, which is there; that an address was given makes up for neither."""
    monkeypatch.setattr(spark, "in_wheel", lambda *_: (Path("jars"), "pyspark 4"))
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    with pytest.raises(Unavailable, match="no Java") as refused:
        kind_of("spark").given("spark://127.0.0.1:7077")
    assert "apt-get install default-jre-headless" in refused.value.hint


def test_in_containers_spark_is_left_out() -> None:
    """The image of the apps has none."""
    engine = Engine("unix:///var/run/docker.sock", "28", "2.30")
    why = Choice("docker", "in containers", engine).lacking("spark")
    assert why is not None
    assert "--on host" in why.hint


def test_what_a_semaphore_lets_through_follows_the_latency() -> None:
    """At 50 ms its five places are the rate, at 200 ms a quarter of it; a pacer's pace stays."""
    bounds = {
        (name, point.at["wait_ms"]): bound(point, name, point.at["wait_ms"])
        for point in CATALOGUE["market_data"].points
        for name in ("bounded", "paced")
    }
    assert bounds == pytest.approx(
        {("bounded", 50): 100, ("bounded", 200): 25, ("paced", 50): 95, ("paced", 200): 95}
    )


def test_the_smallest_pool_decides() -> None:
    """With ten connections, that a request holds for all of its wait; 64 are a client's own."""
    search = CATALOGUE["product_search"]
    assert bound(search, "together", 30) == pytest.approx(1000)
    assert bound(search, "default_pool", 30) == pytest.approx(1000 / 3)
    assert search.variant("default_pool").budget == replace(search.budget, connections=10)


def bound(scenario: Scenario, name: str, wait_ms: float) -> float:
    """Return the ceiling of a variant in requests/s, where one takes 1 ms of CPU."""
    ceiling = scenario.variant(name).ceiling
    assert ceiling is not None
    return ceiling.requests_per_s(Demand(cpu_s=0.001, wait_s=wait_ms / 1000), scenario.knobs)
