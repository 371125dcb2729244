"""A product search answers alike, however index, database and cache are asked."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.catalogue import catalogue
from harness.project import ROOT
from harness.services import provide
from harness.services.provide import ProcessStarter, provided
from harness.services.service import Start
from harness.system.processes import ProcessSupervisor

ANSWERING = Path(__file__).parents[1] / "support" / "answering.py"
SEARCH = catalogue()["product_search"]
PATHS = ("/search?words=red+golden+chair", "/search?words=black+paper+mirror", "/idle")


def test_all_variants_find_the_same_products(supervisor: ProcessSupervisor) -> None:
    """Those whose name has the words, with their price and stock, and what sells best."""
    for need in SEARCH.needs:
        if why := provide.lacking(need):
            pytest.skip(f"{why}: {why.hint}")
    asked = SEARCH.with_knobs({"wait_ms": 0, "index_ms": 0, "items_ms": 0})
    asked = asked.drop(["default_pool"]).with_budget({"connections": 2})
    begin = Start(asked, supervisor, supervisor.folder)
    with provided(begin, ProcessStarter(begin)) as found:
        services = {**os.environ, **provide.environment(found)}
        answers = {
            subprocess.run(
                [sys.executable, ANSWERING, app.target.removesuffix(":app"), *PATHS],
                env={**services, **app.environment},
                stdout=subprocess.PIPE,
                check=True,
            ).stdout
            for app in (asked.app(variant.name, ROOT) for variant in asked.variants)
        }
    (answer,) = answers
    red, black, idle = map(json.loads, answer.splitlines())
    assert idle == {"idle": True}
    assert len(red["items"]) == len(black["items"]) == 10
    assert all(item["name"].startswith("red golden chair ") for item in red["items"])
    assert all(item["name"].startswith("black paper mirror ") for item in black["items"])
    first = red["items"][0]
    number = first["id"]
    assert first["name"] == f"red golden chair number {number}"
    assert (first["cents"], first["stock"]) == (number * 17 % 9000 + 99, number * 31 % 100)
    best = sorted(range(1, 10001), key=lambda number: -(number * 7919 % 10007))
    assert red["popular"] == best[:3]
