"""NGINX as a reverse proxy before the upstream, by compose/nginx.conf: the one whose URL was given, else the machine's."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from string import Template
from urllib.parse import urlsplit

import requests

from harness.model.errors import BenchError, Unavailable
from harness.project import ROOT
from harness.services.service import GIVEN, Service
from harness.system import processes
from harness.system.ports import HOST, free_port, listening
from harness.system.processes import Crew

START_S = 10


def given(url: str, patience_s: int = 5) -> Service:
    """Use the proxy at this URL; raises BenchError where it does not answer, does not lead to the upstream, or is none."""
    try:
        answered = requests.get(f"{url}/users/1", timeout=patience_s)
    except requests.RequestException as error:
        raise BenchError(
            f"NGINX at {url} does not answer: {error}", hint="correct NGINX_URL, or unset it"
        ) from error
    server = answered.headers.get("server", "something that does not say what it is")
    if not (answered.ok and "nginx" in server):
        raise BenchError(
            f"{server} at {url} answered {answered.status_code}, where NGINX should lead to the upstream",
            hint="correct NGINX_URL, or unset it",
        )
    return Service("nginx", url.rstrip("/"), provider=GIVEN, version=server, real=True)


def embedded(
    crew: Crew, log: Path, on: tuple[int, ...], upstream: str, knobs: Mapping[str, float]
) -> Service:
    """Start one on loopback before the upstream at this URL; raises Unavailable where the machine has none, BenchError where it fails."""
    program, port, home = (
        _program(),
        free_port(),
        Path(tempfile.mkdtemp(prefix="nginx-", dir=crew.folder)),
    )
    (home / "nginx.conf").write_text(configuration(home, port, upstream, knobs))
    process = crew.start(
        [program, "-p", home, "-c", home / "nginx.conf", "-e", "stderr"], log=log, on=on
    )

    def require() -> None:
        processes.require(process, "NGINX", log)

    def ready() -> bool:
        require()
        return listening(port)

    if not processes.wait_until(ready, START_S):
        raise BenchError(
            f"NGINX did not answer within {START_S} s",
            hint=f"its log is {log}; or give one with NGINX_URL",
        )
    version = (
        subprocess.run([program, "-v"], capture_output=True, text=True, check=False)
        .stderr.strip()
        .rpartition("/")[2]
    )
    provider = f"the machine's, {program}"
    return Service(
        "nginx",
        f"http://{HOST}:{port}",
        provider=provider,
        version=version,
        real=True,
        require=require,
        end=lambda: crew.end(process),
    )


def configuration(home: Path, port: int, upstream: str, knobs: Mapping[str, float]) -> str:
    """Fill in compose/nginx.conf for this upstream, at the pace that the knob nginx_rate says."""
    to = urlsplit(upstream)
    told = {
        "UPSTREAM_HOST": to.hostname,
        "UPSTREAM_PORT": to.port or 80,
        "NGINX_RATE": round(knobs["nginx_rate"]),
    }
    told |= {"NGINX_PREFIX": str(home), "NGINX_PORT": port, "LISTEN": HOST}
    return Template((ROOT / "compose" / "nginx.conf").read_text()).safe_substitute(told)


def provider(_: int) -> str:
    """Say who would provide it; raises Unavailable where nobody does."""
    return os.environ.get("NGINX_URL") or f"the machine's, {_program()}"


def _program() -> str:
    if program := shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin"):
        return program
    raise Unavailable(
        "there is no NGINX to be had: no NGINX_URL, none on this machine",
        hint="apt-get install nginx-light, or set NGINX_URL, or --on docker",
    )
