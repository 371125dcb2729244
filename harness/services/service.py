"""What an app stands on: a service that runs, and the kinds of services there are."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

from harness.model.errors import BenchError, Unavailable
from harness.model.scenario import Scenario
from harness.project import ROOT
from harness.services import INSIDE, SERVICES
from harness.system import processes
from harness.system.ask import UNANSWERED
from harness.system.ports import HOST, free_port, listening
from harness.system.processes import Account, ProcessSupervisor

GIVEN = "given by URL"  # the provider of a service that is somebody else's
STAND_IN = "stand-in"  # stands in the version of what only speaks a service's protocol
PATIENCE_S = 5.0  # with a service that was given by URL
SBIN = "/usr/sbin:/usr/local/sbin"  # not on everybody's PATH


@dataclass(frozen=True, slots=True)
class Service:
    """A service that answers at `url`.

    `provider` is who runs it, in words. `require` raises BenchError where we started it and it
    has ended. `advertised` is the port of loopback to which it sends its clients, if it does.
    """

    name: str
    url: str
    provider: str
    version: str
    require: Callable[[], None] = lambda: None
    advertised: int = 0

    @property
    def real(self) -> bool:
        """Whether it is no stand-in, which is named wherever its numbers appear."""
        return STAND_IN not in self.version

    @property
    def described(self) -> dict[str, object]:
        """What the records keep of it; the URL may hold a password and stays out."""
        return {"provider": self.provider, "version": self.version, "real": self.real}


@dataclass(frozen=True, slots=True)
class Start:
    """For what and by whom a service is started; `found` are those started before it."""

    scenario: Scenario
    supervisor: ProcessSupervisor
    logs: Path
    cores: Sequence[int] = ()
    found: Mapping[str, Service] = field(default_factory=dict)

    def log(self, name: str) -> Path:
        """Return the log of a process with this name."""
        return self.logs / f"{self.scenario.name}-{name}.log"

    def folder(self, name: str, account: Account | None = None) -> Path:
        """Return a new folder, which ends with the supervisor, and belongs to the account."""
        folder = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self.supervisor.folder))
        if account:
            os.chown(folder, account.uid, account.gid)
        return folder


@dataclass(frozen=True, slots=True)
class Found:
    """The first words of the command that starts a service here, and whose program it is."""

    words: tuple[str | Path, ...]
    provider: str


@dataclass(frozen=True, slots=True)
class Program:
    """The command that starts a service, and the URL at which it will answer.

    `account` is whom it runs as, where that is not us; `ends_on` ends it. `environment` is added
    to what every process inherits. `advertised` is as in Service.
    """

    words: Sequence[str | Path]
    url: str
    account: Account | None = None
    ends_on: signal.Signals = signal.SIGTERM
    environment: Mapping[str, str] = field(default_factory=dict)
    cwd: Path = ROOT
    advertised: int = 0


@dataclass(frozen=True, slots=True)
class Contained:
    """Variables for compose/<name>.yaml besides the port, and the URL where it will answer.

    `advertised` is as in Service.
    """

    variables: Mapping[str, str]
    url: str
    advertised: int = 0


@dataclass(frozen=True)
class ServiceKind(ABC):
    """A kind of service: how one is found, started, known to be ready, and left as it was.

    `name` is how scenarios need it and how its file in compose/ is called, `title` how people
    write it. `remedy` is what to do where there is none. `scheme` and `port` are those of its
    URL. `knobs` are those of a scenario that it is started with. `needs_latency` where it answers
    at once, so that the knob wait_ms is a network's round trip. `advertises` where it tells its
    clients its own address.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    remedy: ClassVar[str]
    scheme: ClassVar[str] = "http"
    port: ClassVar[int] = 80
    knobs: ClassVar[tuple[str, ...]] = ()
    needs_latency: ClassVar[bool] = False
    advertises: ClassVar[bool] = False

    @abstractmethod
    def version(self, url: str, patience_s: float) -> str:
        """Ask the service at `url` for its version.

        Raises one of UNANSWERED where it does not answer, BenchError where it is another service.
        """

    @abstractmethod
    def find(self) -> Found:
        """Find it on this machine; raises Unavailable where there is none."""

    def contained(self, port: int, _: Start) -> Contained:
        """Return how it is started in a container, on this port of loopback."""
        return Contained({}, f"{self.scheme}://{HOST}:{port}/")

    def prepare(self, service: Service, _: Scenario) -> Service:
        """Put into it what the scenario needs, and return it as apps find it."""
        return service

    def forget(self, url: str) -> None:  # noqa: B027  most leave nothing
        """Remove what we and our apps left in somebody's service."""

    def calls(self, _: Service) -> Mapping[str, int]:
        """Return how many requests it got so far, by what became of them, if it counts them."""
        return {}

    def at(self, url: str, host: str, port: int) -> str:
        """Return the URL of the same service at another address."""
        parts = urlsplit(url)
        user, at, _ = parts.netloc.rpartition("@")
        return parts._replace(netloc=f"{user}{at}{host}:{port}", path=parts.path or "/").geturl()

    @property
    def variable(self) -> str:
        """The environment variable with its URL, for us and for apps."""
        return f"{self.name.upper()}_URL"

    def given(self, url: str, patience_s: float = PATIENCE_S) -> Service:
        """Return the service at a URL that was given; raises BenchError if it does not answer."""
        try:
            version = self.version(url, patience_s)
        except UNANSWERED as error:
            raise BenchError(
                f"{self.title} at {without_password(url)} does not answer: {error}",
                hint=f"correct {self.variable}, or unset it",
            ) from error
        url = url.rstrip("/") if url.startswith("http:") else url
        return Service(self.name, url, provider=GIVEN, version=version)

    @abstractmethod
    def started(self, start: Start) -> AbstractContextManager[Service]:
        """Provide what is here, until the context ends; raises Unavailable where there is none."""

    def provider(self, patience_s: float) -> str:
        """Return in words who provides it here; raises BenchError where nobody does."""
        url = os.environ.get(self.variable)
        if not url:
            return self.find().provider
        return f"{without_password(url)}, version {self.given(url, patience_s).version}"

    def missing(self, tried: str) -> Unavailable:
        """Return the error for a service that is nowhere on this machine."""
        what = f"there is no {self.title}: no {self.variable}, {tried}"
        return Unavailable(what, hint=self.remedy)


@dataclass(frozen=True)
class Startable(ServiceKind):
    """A kind of which we start the program. It must answer within `start_s` seconds after that."""

    start_s: float = 10.0

    @abstractmethod
    def program(self, found: Found, port: int, start: Start) -> Program:
        """Return how it is started on this port of loopback."""

    @contextmanager
    def started(self, start: Start) -> Iterator[Service]:
        """Start it as a process on loopback, which ends with the context.

        Raises Unavailable where there is none on this machine, BenchError where it fails.
        """
        found, port, log = self.find(), free_port(), start.log(self.name)
        program = self.program(found, port, start)
        process = start.supervisor.start(
            program.words,
            log=log,
            cores=start.cores,
            account=program.account,
            ends_on=program.ends_on,
            environment=program.environment,
            cwd=program.cwd,
        )
        version = ""

        def require() -> None:
            processes.require(process, self.title, log)

        def ready() -> bool:
            nonlocal version
            require()
            if listening(port):
                with suppress(*UNANSWERED):
                    version = self.version(program.url, PATIENCE_S)
            return bool(version)

        try:
            if not processes.wait_until(ready, self.start_s):
                raise BenchError(
                    f"{self.title} did not answer within {self.start_s:g} s",
                    hint=f"its log is {log}; or give one with {self.variable}",
                )
            yield Service(
                self.name, program.url, found.provider, version, require, program.advertised
            )
        finally:
            start.supervisor.end(process)


def kind_of(name: str) -> ServiceKind:
    """Return the kind of service with this name."""
    module, _, kind = {**SERVICES, **INSIDE}[name].partition(":")
    found: ServiceKind = getattr(import_module(module), kind)()
    return found


def without_password(url: str) -> str:
    """Return a URL that may be shown."""
    password = urlsplit(url).password
    return url if password is None else url.replace(f":{password}@", ":…@", 1)


def in_wheel(package: str, *path: str, name: str = "") -> tuple[Path, str] | None:
    """Return a file of an installed package, and its name with its version, if it is there.

    The package is not imported. `name` is that of its wheel, where it is another.
    """
    spec = find_spec(package)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        file = Path(folder, *path)
        if file.exists():
            name = name or package.replace("_", "-")
            return file, f"{name} {version(name)}"
    return None


def on_machine(*programs: str) -> Found | None:
    """Return the first of these programs that the machine has."""
    for name in programs:
        if program := shutil.which(name) or shutil.which(name, path=SBIN):
            return Found((program,), f"the machine's, {program}")
    return None
