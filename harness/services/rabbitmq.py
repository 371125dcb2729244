"""RabbitMQ: given by URL, else the machine's, with an Erlang port mapper of its own."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from amqp import Connection
from amqp.exceptions import AMQPError

from harness.services.making import unprivileged, write
from harness.services.service import (
    PATIENCE_S,
    Contained,
    Found,
    Program,
    Start,
    Startable,
    on_machine,
)
from harness.system.ports import HOST, free_port

OURS = "fastapi_bench"  # the queue and the exchange of our apps, all that they make in somebody's
PACKAGED = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")  # Debian's own is for root alone
SETTINGS = f"""listeners.tcp.default = {HOST}:{{port}}
default_user = bench
default_pass = {{password}}
log.file = false
log.console = true
log.console.level = warning
disk_free_limit.absolute = 50MB
"""
# One scheduler, which sleeps when there is no work: it shares its cores with what is measured.
ERLANG = "+S 1:1 +sbwt none +sbwtdcpu none +sbwtdio none"
# The port mapper is in our process group, so that it ends with the node. The node would start one
# that outlives it.
SCRIPT = 'epmd -port "$ERL_EPMD_PORT" -address "$ERL_EPMD_ADDRESS" & exec "$0"'


@dataclass(frozen=True)
class RabbitMQ(Startable):
    """One node with throw-away data."""

    name = "rabbitmq"
    title = "RabbitMQ"
    remedy = "apt-get install rabbitmq-server, or set RABBITMQ_URL, or --on docker"
    scheme = "amqp"
    port = 5672

    start_s: float = 90.0  # 4 to 6 seconds on a quiet machine

    def version(self, url: str, patience_s: float) -> str:
        """Read how it greets; the password must be right as well."""
        try:
            with _connected(url, patience_s) as connection:
                about = connection.server_properties
        except AMQPError as error:
            raise ConnectionError(str(error)) from error
        return f"{about.get('product', 'unknown')} {about.get('version', '')}".strip()

    def find(self) -> Found:
        """Find it on the machine."""
        found = on_machine(str(PACKAGED)) or on_machine("rabbitmq-server")
        if found and shutil.which("epmd"):
            return found
        raise self.missing("no rabbitmq-server on this machine")

    def program(self, found: Found, port: int, start: Start) -> Program:
        """Start it with all its files in one folder, on loopback alone."""
        account = unprivileged(self)
        home, password = start.folder(self.name, account), secrets.token_urlsafe(12)
        settings = SETTINGS.format(port=port, password=password)
        own = {
            "HOME": str(home),
            "TMPDIR": str(home),
            "ERL_EPMD_ADDRESS": HOST,
            "ERL_EPMD_PORT": str(free_port()),
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_CONFIG_FILE": str(write(home / "rabbitmq.conf", settings, account)),
            "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(write(home / "plugins", "[].\n", account)),
            "RABBITMQ_LOG_BASE": str(home),
            "RABBITMQ_MNESIA_BASE": str(home / "data"),
            "RABBITMQ_NODENAME": f"bench{port}@localhost",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1} "
            + ERLANG,
        }
        return Program(
            ("sh", "-c", SCRIPT, *found.words),
            _url(password, port),
            account=account,
            environment=own,
            cwd=home,
        )

    def contained(self, port: int, _: Start) -> Contained:
        """Return a new password, and ports for what else listens."""
        password = secrets.token_urlsafe(12)
        ports = {"RABBITMQ_DIST_PORT": str(free_port()), "RABBITMQ_EPMD_PORT": str(free_port())}
        return Contained({"RABBITMQ_PASSWORD": password, **ports}, _url(password, port))

    def forget(self, url: str) -> None:
        """Delete the queue and the exchange of our apps."""
        with suppress(AMQPError, OSError), _connected(url, PATIENCE_S) as connection:
            channel = connection.channel()
            channel.queue_delete(OURS)
            channel.exchange_delete(OURS)


@contextmanager
def _connected(url: str, patience_s: float) -> Iterator[Connection]:
    """Connect; raises AMQPError or OSError where nobody answers, or not to this account."""
    parts = urlsplit(url)
    with Connection(
        host=f"{parts.hostname}:{parts.port or RabbitMQ.port}",
        userid=unquote(parts.username or "guest"),
        password=unquote(parts.password or "guest"),
        virtual_host=unquote(parts.path[1:]) or "/",
        connect_timeout=patience_s,
        read_timeout=patience_s,
        write_timeout=patience_s,
    ) as connection:
        yield connection


def _url(password: str, port: int) -> str:
    return f"amqp://bench:{password}@{HOST}:{port}/"
