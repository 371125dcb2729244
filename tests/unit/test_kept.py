"""Services and a load stay up between points that need the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from typing import Any

from harness.catalogue import catalogue
from harness.experiment.kept import Kept
from harness.services.provide import turned_by


def test_what_is_up_is_kept_for_what_is_alike_and_ends_before_anything_else_begins() -> None:
    """And with the stack."""
    said: list[str] = []

    @contextmanager
    def up(name: str) -> Iterator[Any]:
        said.append(f"{name} up")
        yield name
        said.append(f"{name} down")

    def bring_up(name: str) -> AbstractContextManager[Any]:
        return up(name)

    with ExitStack() as stack:
        kept = Kept(stack)
        found: list[Any] = [
            kept.bench(alike, partial(bring_up, name))
            for alike, name in (("a", "first"), ("a", "second"), ("b", "third"))
        ]
        kept.end()
        found.append(kept.bench("b", partial(bring_up, "fourth")))
    assert found == ["first", "first", "third", "fourth"]
    assert said == ["first up", "first down", "third up", "third down", "fourth up", "fourth down"]


def test_points_need_the_same_where_no_service_is_started_with_what_differs() -> None:
    """PostgreSQL sleeps as each query says; the upstream is told once, and so is the latency."""
    found = catalogue()
    assert [turned_by(one) for one in found["loop"].points] == [{}] * 4
    assert turned_by(found["http_call"])["wait_ms"] == found["http_call"].knobs["wait_ms"]
    assert turned_by(found["interpreter"]).keys() == {"rounds"}
    assert turned_by(found["cache_get"]) == {"wait_ms": found["cache_get"].knobs["wait_ms"]}
