"""The scenes: what a pacer does, and how Spark is left out where it is not installed."""

from __future__ import annotations

import asyncio
import shutil
import time
from pathlib import Path

import pytest

from harness.catalogue import catalogue
from harness.experiment.fitting import fitting
from harness.model.errors import Unavailable
from harness.model.theory import Demand
from harness.places.choice import Choice
from harness.places.engine import Engine
from harness.services import provide, spark
from harness.services.service import kind_of
from scenarios.market_data.pacer import PACE, Pacer

REPORT = catalogue()["large_report"]
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
    bounds = {}
    for point in catalogue()["market_data"].points:
        wait_s = point.at["wait_ms"] / 1000
        for name in ("bounded", "paced"):
            ceiling = point.variant(name).ceiling
            assert ceiling is not None
            demand = Demand(cpu_s=0.001, wait_s=wait_s)
            bounds[name, wait_s] = ceiling.requests_per_s(demand, point.knobs)
    assert bounds == pytest.approx(
        {
            ("bounded", 0.05): 100,
            ("bounded", 0.2): 25,
            ("paced", 0.05): 95,
            ("paced", 0.2): 95,
        }
    )
