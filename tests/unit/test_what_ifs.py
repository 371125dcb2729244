"""What is tried follows from what was seen of a route."""

from __future__ import annotations

from typing import Any

from harness.design.what_ifs import what_ifs
from harness.model.evidence import Evidence


def seen(**facts: Any) -> Evidence:
    """Return evidence with these facts."""
    known = {"ran_on": "loop", "what": None, "stood_still": 0.0, "longest_s": 0.0}
    return Evidence(**{**known, "line": None, "code": None, "hops": 0.0, **facts})


def route(**facts: Any) -> dict[str, Any]:
    """Return a route with these facts."""
    known = {"handler": "read", "runs_on": "loop", "coroutine": True, "dependencies": []}
    return {**known, **facts}


def tried(*given: Any) -> list[tuple[str, str]]:
    """Return the name and the treatment of what would be tried."""
    return [(one.name, one.treatment) for one in what_ifs(*given)]


AS_IT_IS = ("as_it_is", "")


def test_a_coroutine_goes_to_a_thread_only_where_it_was_never_seen_to_wait() -> None:
    """One that waits would fail there."""
    to_thread = ("in_a_thread", "handler in a thread")
    assert tried(route(), seen(suspended=False), ()) == [AS_IT_IS, to_thread]
    assert tried(route(), seen(suspended=True), ()) == [AS_IT_IS]
    assert tried(route(), seen(suspended=None), ()) == [AS_IT_IS]


def test_a_def_handler_goes_onto_the_loop_and_more_threads_are_tried_where_any_is_used() -> None:
    """So do its `def` dependencies, two of them at most."""
    names = ["one", "two", "three"]
    dependencies = [{"name": name, "runs_on": "thread"} for name in names]
    dependencies.append({"name": "free", "runs_on": "loop"})
    found = tried(route(runs_on="thread", dependencies=dependencies), seen(hops=4.0), ())
    assert found == [
        AS_IT_IS,
        ("on_the_loop", "handler on the loop"),
        ("one_on_the_loop", "dependency on the loop: one"),
        ("two_on_the_loop", "dependency on the loop: two"),
        ("threads_100", "threads: 100"),
    ]


def test_a_setting_becomes_a_variant_of_its_own_with_a_name_that_can_be_one() -> None:
    """Also where no known framework answers."""
    (_, pool, odd) = what_ifs(None, seen(), [("POOL_SIZE", "20"), ("1ST-URL", "a/b c")])
    assert (pool.name, pool.says, dict(pool.environment)) == (
        "POOL_SIZE_20",
        "POOL_SIZE=20",
        {"POOL_SIZE": "20"},
    )
    assert odd.variant.name == "_1ST_URL_a_b_c"
