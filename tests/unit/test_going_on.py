"""A run only goes on with the services and the app that it has measured so far."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from harness.catalogue import catalogue
from harness.design.design import Design
from harness.design.profile import PROFILES
from harness.experiment import session, target_identity
from harness.experiment.measure import measuring
from harness.experiment.run import run_experiment
from harness.experiment.session import Order
from harness.experiment.simulated import Simulator
from harness.experiment.target_identity import identity, require_same
from harness.model import Workload
from harness.model.errors import BenchError
from harness.services.service import Service
from harness.system.cores import Cores
from tests.support.simulated import begun

if TYPE_CHECKING:
    from harness.places.place import Place

POSTGRES = catalogue()["postgres_read"]
SMOKE = PROFILES["smoke"]


def _begun_with(url: str, results: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, bool]:
    """Begin or go on with a run on this PostgreSQL; return its folder, and whether it goes on."""
    monkeypatch.setenv("POSTGRES_URL", url)
    order = Order(scenarios=[POSTGRES], profile="smoke", on="host", seed=0, results=results)
    with session.start(order) as one:
        list(islice(run_experiment(Design(POSTGRES, SMOKE), 0, Simulator([POSTGRES]), one.run), 5))
        return one.run.folder, one.resumed


def test_a_run_goes_on_only_with_the_services_that_it_was_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another URL is another plan; its password and its options are kept nowhere."""
    first, resumed = _begun_with("postgresql://me:secret@one/db?key=hidden", tmp_path, monkeypatch)
    assert not resumed
    other, resumed = _begun_with("postgresql://me:secret@two/db", tmp_path, monkeypatch)
    assert not resumed
    assert other != first
    again, resumed = _begun_with("postgresql://me:changed@one/db", tmp_path, monkeypatch)
    assert resumed
    assert again == first
    plan = (first / "plan.json").read_text()
    assert json.loads(plan)["services"] == {"postgres": "postgresql://me:…@one/db"}
    assert not {"secret", "hidden"} & {word for word in ("secret", "hidden") if word in plan}


@dataclass
class _Given:
    """A place where one service is given."""

    service: Service
    conditions: Mapping[str, object] = field(default_factory=dict)

    @contextmanager
    def services(self, *_: object) -> Iterator[Mapping[str, Service]]:
        """Provide it."""
        yield {self.service.name: self.service}


def test_a_run_does_not_go_on_with_another_version_of_a_service(tmp_path: Path) -> None:
    """The same URL may lead to another server by then."""
    run = begun(tmp_path, POSTGRES, profile="smoke")
    list(islice(run_experiment(Design(POSTGRES, SMOKE), 0, Simulator([POSTGRES]), run), 5))
    run.record_machine({"services": {"postgres": {"version": "15.4"}}})
    newer = Service("postgres", "postgresql://one/db", "given", "16.1")
    place, unused = cast("Place", _Given(newer)), cast("Any", None)
    refused = pytest.raises(BenchError, match=r"postgres is 16\.1, and .* was measured with 15\.4")
    with refused, measuring(place, Cores((), ()), POSTGRES, run, unused, unused):
        pass


@contextmanager
def served(answer: bytes, server: str = "nap") -> Iterator[str]:
    """Answer everything so; yield the address."""

    class Handler(BaseHTTPRequestHandler):
        server_version, sys_version = server, ""

        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as httpd:
        threading.Thread(target=httpd.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{httpd.server_port}"
        httpd.shutdown()


def test_an_app_is_told_from_others_by_its_answers_its_server_and_its_process() -> None:
    """And the same one is the same."""
    workload = Workload("/nap")
    with served(b"{}") as url, served(b"[]") as other, served(b"{}", "cap") as third:
        one = identity(url, workload)
        assert one == identity(url, workload)
        assert _unlike(one, identity(other, workload)) == {"answers"}
        assert _unlike(one, identity(third, workload)) == {"server"}
    assert _unlike(one, {**one, "process": "another"}) == {"process"}


def _unlike(one: dict[str, str], other: dict[str, str]) -> set[str]:
    return {part for part in one if one[part] != other[part]}


def test_a_run_does_not_go_on_with_another_app_at_the_same_address(tmp_path: Path) -> None:
    """It says what is other about it, and what to do."""
    run, name = begun(tmp_path, POSTGRES), POSTGRES.name
    one = {"answers": "a", "server": "uvicorn", "process": "1"}
    run.record_machine({target_identity.TARGET: require_same(run, name, one, "the target")})
    other = {**one, "process": "2"}
    assert require_same(run, name, other, "the target") == {name: other}  # nothing measured yet
    list(islice(run_experiment(Design(POSTGRES, SMOKE), 0, Simulator([POSTGRES]), run), 3))
    assert require_same(run, name, one, "the target") == {name: one}
    with pytest.raises(BenchError, match="it has another process, or the same") as refused:
        require_same(run, name, other, "the target")
    assert "begin a new run, with another --seed" in refused.value.hint
