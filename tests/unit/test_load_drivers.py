"""The load drivers that can be chosen, and what each is told of a workload."""

from __future__ import annotations

import sys

import pytest

from harness.load import DRIVERS, driver_named, program, wrk
from harness.load.driver import OpenDriver
from harness.model.errors import BenchError, Unavailable
from harness.model.workload import Workload


def test_every_driver_is_found_by_its_name() -> None:
    """Ours comes first, and one that nobody knows is an error with what there is."""
    found = {name: driver_named(name) for name in DRIVERS}
    assert [one.name for one in found.values()] == ["Locust", "wrk", "k6"]
    assert [name for name, one in found.items() if isinstance(one, OpenDriver)] == ["locust", "k6"]
    with pytest.raises(BenchError, match="no load driver named 'w6'"):
        driver_named("w6")


@pytest.mark.parametrize("name", ["wrk", "k6"])
def test_one_that_is_missing_is_named_with_its_remedy(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither on PATH nor beside the interpreter."""
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(Unavailable, match=f"{name} is not installed") as missing:
        driver_named(name).version()
    assert missing.value.hint.startswith("install it: ")


def test_a_script_holds_a_request_for_each_key_but_of_very_many_only_the_first() -> None:
    """A script of a million requests would take longer to read than to run."""
    few = program.some_requests(Workload("/{key}", keys="red,green"))
    assert [one.path for one in few] == ["/red", "/green"]
    many = program.some_requests(Workload("/{key}", keys="1..1000000"))
    assert len(many) == program.MOST_REQUESTS


def test_any_bytes_are_a_string_of_lua() -> None:
    """Written as numbers, which no quote can end."""
    assert wrk.quoted(b'"\n\xff') == '"\\034\\010\\255"'
