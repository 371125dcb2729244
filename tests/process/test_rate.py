"""An upstream that is many services, each of which allows so many calls per second."""

from __future__ import annotations

from harness.catalogue import catalogue
from harness.services.service import Start, kind_of
from harness.system.ask import ask
from harness.system.processes import ProcessSupervisor

MARKET_DATA = catalogue()["market_data"]
SELDOM = {"wait_ms": 0, "rate": 0.001}  # a call in a thousand seconds


def test_each_service_refuses_what_is_beyond_its_own_rate(supervisor: ProcessSupervisor) -> None:
    """At once, and counts it; the others are not touched."""
    upstream = kind_of("upstream")
    start = Start(MARKET_DATA.with_knobs(SELDOM), supervisor, supervisor.folder)
    with upstream.started(start) as service:
        before = upstream.calls(service)
        paths = ("/market-1/shares/7", "/market-1/shares/8", "/market-2/shares/8")
        answers = [ask(service.url, path) for path in paths]
        after = upstream.calls(service)
    assert [one.status for one in answers] == [200, 429, 200]
    assert answers[2].body == b'{"id": 8, "name": "user 8"}'
    assert {fate: after[fate] - before[fate] for fate in after} == {
        "answered": 2,
        "abandoned": 0,
        "refused": 1,
        "failed": 0,
    }


def test_a_rate_of_nothing_allows_any_number(supervisor: ProcessSupervisor) -> None:
    """As every scenario that does not ask for one has it."""
    start = Start(MARKET_DATA.with_knobs({"wait_ms": 0, "rate": 0}), supervisor, supervisor.folder)
    with kind_of("upstream").started(start) as service:
        assert {ask(service.url, "/market-1/shares/7").status for _ in range(50)} == {200}
