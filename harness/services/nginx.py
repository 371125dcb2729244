"""NGINX before the upstream, set up by compose/nginx.conf: given by URL, else the machine's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template
from urllib.parse import urlsplit

from harness.model.errors import BenchError
from harness.project import ROOT
from harness.services.service import Contained, Found, Program, Start, Startable, on_machine
from harness.system.ask import ask
from harness.system.ports import HOST


@dataclass(frozen=True)
class Nginx(Startable):
    """A reverse proxy that asks the upstream at most so many times a second."""

    name = "nginx"
    title = "NGINX"
    remedy = "apt-get install nginx-light, or set NGINX_URL, or --on docker"

    def version(self, url: str, patience_s: float) -> str:
        """Ask for a user, whom the upstream knows, and read who passed the answer on."""
        answered = ask(url, "/users/1", patience_s)
        server = answered.headers.get("server", "something that does not name itself")
        if not (answered.right and "nginx" in server):
            raise BenchError(
                f"{server} at {url} answered {answered.status}, "
                "where NGINX should lead to the upstream",
                hint="correct NGINX_URL, or unset it",
            )
        return server

    def find(self) -> Found:
        """Find it on the machine."""
        if found := on_machine("nginx"):
            return found
        raise self.missing("none on this machine")

    def program(self, found: Found, port: int, start: Start) -> Program:
        """Start one process, in the foreground."""
        home = start.folder(self.name)
        file = home / "nginx.conf"
        file.write_text(configuration(home, port, _variables(start)))
        words = (*found.words, "-p", home, "-c", file, "-e", "stderr")
        return Program(words, f"http://{HOST}:{port}")

    def contained(self, port: int, start: Start) -> Contained:
        """Return the address of the upstream, and the pace."""
        return Contained(_variables(start), f"http://{HOST}:{port}")


def configuration(home: Path, port: int, variables: Mapping[str, str]) -> str:
    """Return compose/nginx.conf, filled in."""
    own = {"NGINX_PREFIX": str(home), "NGINX_PORT": str(port), "LISTEN": HOST}
    template = Template((ROOT / "compose" / "nginx.conf").read_text())
    return template.safe_substitute(own, **variables)


def _variables(start: Start) -> dict[str, str]:
    """Return the address of the upstream, and the pace that the knob nginx_rate sets."""
    upstream = urlsplit(start.found["upstream"].url)
    return {
        "UPSTREAM_HOST": upstream.hostname or HOST,
        "UPSTREAM_PORT": str(upstream.port or 80),
        "NGINX_RATE": str(round(start.scenario.knobs["nginx_rate"])),
    }
