"""MySQL: given by URL, else the machine's MariaDB, which is the same to its clients."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from urllib.parse import unquote, urlsplit

import pymysql
from pymysql.constants import CLIENT
from pymysql.cursors import Cursor

from harness.model.errors import BenchError
from harness.model.scenario import Scenario
from harness.project import ROOT
from harness.services.making import make, unprivileged, write
from harness.services.service import (
    PATIENCE_S,
    Contained,
    Found,
    Program,
    Service,
    Start,
    Startable,
    on_machine,
)
from harness.system.ports import HOST

SEED = "seed.mysql.sql"  # beside a scenario's declaration
DATABASE = "fastapi_bench"  # all that we create in somebody's server, and drop again
MARK = "made_by_bench_py"  # a table in it: without that it is somebody else's
PROGRAMS = ("mariadbd", "mariadb-install-db", "my_print_defaults")
# Its root comes by its socket alone, never over the network with an empty password.
INSTALL = ("--auth-root-authentication-method=socket", "--skip-test-db", "--skip-name-resolve")
ACCOUNT = f"""CREATE DATABASE {DATABASE};
CREATE TABLE {DATABASE}.{MARK} (id INT);
CREATE USER 'bench'@'{HOST}' IDENTIFIED BY '{{password}}';
GRANT ALL ON *.* TO 'bench'@'{HOST}';
"""
# Throw-away data: durability is off, for every variant alike.
SETTINGS = {
    "bind-address": HOST,
    "max-connections": 1000,
    "innodb-buffer-pool-size": "64M",
    "innodb-log-file-size": "16M",
    "innodb-flush-log-at-trx-commit": 0,
    "performance-schema": "OFF",
    "socket": "socket",  # in the data folder: a whole path may be longer than a socket's may be
}


@dataclass(frozen=True)
class MySQL(Startable):
    """MariaDB with throw-away data."""

    name = "mysql"
    title = "MySQL"
    remedy = (
        "apt-get install mariadb-server-core mariadb-client-core, "
        "or set MYSQL_URL=mysql://user:password@host/database, or --on docker"
    )
    scheme = "mysql"
    port = 3306

    start_s: float = 30.0

    def version(self, url: str, patience_s: float) -> str:
        """Ask it, with its password."""
        try:
            with running(url, patience_s) as run:
                run.execute("SELECT version()")
                (version,) = run.fetchone() or ("unknown",)
                return str(version)
        except pymysql.MySQLError as error:
            raise ConnectionError(_words(error)) from error

    def find(self) -> Found:
        """Find it on the machine, with the script that makes its data and what that calls."""
        found, makes, _ = programs = [on_machine(name) for name in PROGRAMS]
        if found and makes and all(programs):
            return replace(found, words=(*found.words, *makes.words))
        lacking = [name for name, one in zip(PROGRAMS, programs, strict=True) if not one]
        raise self.missing(f"no {' and no '.join(lacking)} on this machine")

    def program(self, found: Found, port: int, start: Start) -> Program:
        """Make its data, and return the command that starts it, on loopback alone.

        Raises BenchError where the data cannot be made.
        """
        server, makes = found.words
        account = unprivileged(self)
        home, password = start.folder(self.name, account), secrets.token_urlsafe(12)
        own = {"HOME": str(home), "TMPDIR": str(home)}
        data = f"--datadir={home / 'data'}"
        make(
            self,
            start,
            (makes, "--no-defaults", data, *INSTALL),
            account,
            environment=own,
            cwd=home,
        )
        first = write(home / "first.sql", ACCOUNT.format(password=password), account)
        settings = [f"--{name}={value}" for name, value in SETTINGS.items()]
        more = (f"--port={port}", f"--tmpdir={home}", f"--init-file={first}", "--skip-name-resolve")
        return Program(
            (server, "--no-defaults", data, *more, "--skip-log-bin", *settings),
            _url(password, port),
            account=account,
            environment=own,
            cwd=home,
        )

    def contained(self, port: int, _: Start) -> Contained:
        """Return a new password."""
        password = secrets.token_urlsafe(12)
        return Contained({"MYSQL_PASSWORD": password}, _url(password, port))

    def prepare(self, service: Service, scenario: Scenario) -> Service:
        """Make the scenario's tables by its seed.mysql.sql, in a database of our own."""
        script = ROOT / "scenarios" / scenario.home / SEED
        if not script.is_file():
            return service
        server, own = (
            urlsplit(service.url)._replace(path=path).geturl() for path in ("", f"/{DATABASE}")
        )
        try:
            self.forget(server)
            with running(server) as run:
                run.execute(f"CREATE DATABASE {DATABASE}")
                run.execute(f"CREATE TABLE {DATABASE}.{MARK} (id INT)")
            with running(own) as run:
                run.execute(script.read_text())
                while run.nextset():  # raises where a later statement failed
                    pass
        except pymysql.MySQLError as error:
            raise BenchError(
                f"{script.relative_to(ROOT)} cannot be run: {_words(error)}",
                hint=f"fix it; or let the account of {self.variable} create the database "
                f"{DATABASE}",
            ) from error
        return replace(service, url=own)

    def forget(self, url: str) -> None:
        """Drop our database."""
        with suppress(pymysql.MySQLError), running(url) as run:
            if run.execute(f"SHOW TABLES FROM {DATABASE} LIKE '{MARK}'"):
                run.execute(f"DROP DATABASE {DATABASE}")


@contextmanager
def running(url: str, patience_s: float = PATIENCE_S) -> Iterator[Cursor]:
    """Yield what runs statements; raises pymysql.MySQLError where nobody answers."""
    parts = urlsplit(url)
    opened = pymysql.connect(
        host=parts.hostname,
        port=parts.port or MySQL.port,
        user=unquote(parts.username or "root"),
        password=unquote(parts.password or ""),
        database=parts.path.strip("/") or None,
        connect_timeout=max(1, round(patience_s)),
        read_timeout=max(1, round(patience_s)) * 4,
        client_flag=CLIENT.MULTI_STATEMENTS,
        autocommit=True,
    )
    with closing(opened), opened.cursor() as run:
        yield run


def _url(password: str, port: int) -> str:
    return f"mysql://bench:{password}@{HOST}:{port}/{DATABASE}"


def _words(error: Exception) -> str:
    return str(error.args[-1] if error.args else error).split("\n")[0]
