"""A network before a service, which on one machine is next to none: compose/latency_proxy.py."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from urllib.parse import urlsplit

from harness.model.errors import BenchError
from harness.project import ROOT
from harness.services.service import Service, Start, kind_of, without_password
from harness.system import processes
from harness.system.ports import HOST, free_port, listening

OURS = "compose/latency_proxy.py"
START_S = 10


@contextmanager
def delayed(service: Service, rtt_ms: float, start: Start) -> Iterator[Service]:
    """Return the service at the end of a way that takes so long there and back.

    Raises BenchError where its URL allows no other way. The proxy ends with the context.
    """
    to = address(service)
    port, log = port_of(service), start.log(f"{service.name}-latency")
    own = ("--host", HOST, "--port", str(port), "--to", to, "--rtt-ms", f"{rtt_ms:g}")
    process = start.supervisor.start(
        (sys.executable, ROOT / OURS, *own), log=log, cores=start.cores
    )
    what = f"the latency proxy of {service.name}"

    def require() -> None:
        processes.require(process, what, log)
        service.require()

    def ready() -> bool:
        require()
        return listening(port)

    try:
        if not processes.wait_until(ready, START_S):
            raise BenchError(f"{what} did not answer within {START_S} s", hint=f"its log is {log}")
        yield replace(through(service, rtt_ms, port), require=require)
    finally:
        start.supervisor.end(process)


def address(service: Service) -> str:
    """Return host and port of a service.

    Raises BenchError where its URL has several, where encryption binds it to a name, or where its
    clients would go past the proxy, to the address that it tells them.
    """
    kind, parts = kind_of(service.name), urlsplit(service.url)
    past = kind.advertises and not service.advertised
    if parts.scheme != kind.scheme or "," in parts.netloc or past:
        raise BenchError(
            f"no latency can be put before {without_password(service.url)}",
            hint=f"set {kind.variable} to one host without encryption, "
            "or take its own network alone: --knob wait_ms=0",
        )
    return f"{parts.hostname}:{parts.port or kind.port}"


def port_of(service: Service) -> int:
    """Return the port of its proxy: the one to which it sends its clients, else any."""
    return service.advertised or free_port()


def through(service: Service, rtt_ms: float, port: int) -> Service:
    """Return the service as it is reached through the proxy at this port of loopback."""
    return replace(
        service,
        url=kind_of(service.name).at(service.url, HOST, port),
        provider=f"{service.provider}, through {OURS}, {rtt_ms:g} ms there and back",
    )
