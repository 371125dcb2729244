"""Choose where apps and services run, with the reason."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from harness.model.errors import BenchError, Unavailable
from harness.places.compose import Project, pull
from harness.places.docker import Docker
from harness.places.engine import Engine, engine
from harness.places.host import Host
from harness.places.place import Place
from harness.services import INSIDE, provide
from harness.services.service import kind_of
from harness.system.cores import Cores
from harness.system.processes import ProcessSupervisor

PlaceOf = Callable[[Cores, int, int], Place]  # for a scenario: its cores, port and monitor's port


@dataclass(frozen=True, slots=True)
class Choice:
    """A place that was chosen; `where` is the place in words, and why."""

    name: Literal["host", "docker"]
    where: str
    engine: Engine | None = None

    def lacking(self, need: str) -> Unavailable | None:
        """Return why a service cannot be provided there, or None where it can.

        Its image is fetched where it is not here. One that was given by URL can be provided.
        """
        if self.engine is None:
            return provide.lacking(need)
        if need in INSIDE:
            title = kind_of(need).title
            return Unavailable(
                f"{title} would run inside the app, and its image has none",
                hint="measure with --on host",
            )
        variable = kind_of(need).variable
        if not os.environ.get(variable):
            try:
                pull(need)
            except BenchError as error:
                return Unavailable(
                    f"there is no image of {need}: {error}",
                    hint="check whether the registry can be reached, "
                    f"set {variable}, or measure with --on host",
                )
        return None

    @contextmanager
    def opened(self, supervisor: ProcessSupervisor, results: Path) -> Iterator[PlaceOf]:
        """Open the place for a session that writes below `results`.

        Builds the image of the apps for containers, which are gone after the context. Raises
        BenchError where it cannot be built.
        """
        if self.engine is None:
            yield lambda split, port, monitor_port: Host(supervisor, split, port, monitor_port)
            return
        with Project(self.engine, results, supervisor).opened() as project:
            yield lambda split, port, monitor_port: Docker(
                project, supervisor, split, port, monitor_port
            )


def choose(on: str, find: Callable[[], Engine] = engine) -> Choice:
    """Return the place for `--on host`, `docker` or `auto`, which takes containers if it can.

    Raises Unavailable where containers are asked for and no engine of this machine answers.
    """
    if on == "host":
        return Choice("host", "as processes")
    try:
        found = find()
    except Unavailable as error:
        if on == "docker":
            raise
        return Choice("host", f"as processes, because {error}")
    why = ", because a Docker engine answers" if on == "auto" else f" of Docker {found.version}"
    return Choice("docker", f"in containers{why}", found)
