"""A network in front of a service, which on one machine is next to no distance away: compose/wire.py."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from harness.model.errors import BenchError
from harness.project import ROOT
from harness.services.postgres import without_password
from harness.services.service import Service
from harness.system import processes
from harness.system.ports import HOST, free_port, listening
from harness.system.processes import Crew

START_S = 10
PORTS = {"redis": 6379, "mongodb": 27017}  # where a URL names none


def through(service: Service, rtt_ms: float, crew: Crew, log: Path, on: tuple[int, ...]) -> Service:
    """Lead to a service by a way that takes this long there and back, at 0 directly; raises BenchError where its URL allows for no way but its own."""
    if not rtt_ms:
        return service
    to = address(service)
    port = free_port()
    command: list[str | Path] = [
        sys.executable,
        ROOT / "compose" / "wire.py",
        "--host",
        HOST,
        "--port",
        str(port),
        "--to",
        to,
        "--rtt-ms",
        f"{rtt_ms:g}",
    ]
    process = crew.start(command, log=log, on=on)

    def require() -> None:
        processes.require(process, f"the wire to {service.name}", log)
        service.require()

    def ready() -> bool:
        require()
        return listening(port)

    def end() -> None:
        crew.end(process)
        service.end()

    if not processes.wait_until(ready, START_S):
        raise BenchError(
            f"the wire to {service.name} did not answer within {START_S} s",
            hint=f"its log is {log}",
        )
    return replace(
        service,
        url=leading(service.url, HOST, port),
        provider=labelled(service.provider, rtt_ms),
        require=require,
        end=end,
    )


def address(service: Service) -> str:
    """Read host and port of a service from its URL; raises BenchError where there are several, or encryption binds it to a name."""
    parts = urlsplit(service.url)
    if parts.scheme not in PORTS or "," in parts.netloc:
        raise BenchError(
            f"there is no way to put a wait before {without_password(service.url)}",
            hint=f"set {service.name.upper()}_URL to one host without encryption, or take its own network alone: --knob wait_ms=0",
        )
    return f"{parts.hostname}:{parts.port or PORTS[parts.scheme]}"


def leading(url: str, host: str, port: int) -> str:
    """Give the same URL with another host and port. A MongoDB client is kept from asking the server for its own."""
    parts = urlsplit(url)
    user, at, _ = parts.netloc.rpartition("@")
    query = parts.query
    if parts.scheme == "mongodb" and "directConnection" not in query:
        query = f"{query}&directConnection=true".lstrip("&")
    return parts._replace(
        netloc=f"{user}{at}{host}:{port}", path=parts.path or "/", query=query
    ).geturl()


def labelled(provider: str, rtt_ms: float) -> str:
    """Say who provides a service, and by which way."""
    return f"{provider}, through compose/wire.py, {rtt_ms:g} ms there and back"
