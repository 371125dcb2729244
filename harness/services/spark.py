"""Spark, which runs inside an app: pyspark starts a Java of its own there. It is an extra.

SPARK_URL is the master, such as local[8], or spark://host:7077 of a cluster.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version

from harness.model.errors import Unavailable
from harness.services.service import Found, Service, ServiceKind, Start, in_wheel

WHEEL, IN_WHEEL = "pyspark", ("jars",)
MASTER = "local[8]"  # in the app's own Java, eight tasks at once


@dataclass(frozen=True)
class Spark(ServiceKind):
    """pyspark and a Java."""

    name = "spark"
    title = "Spark"
    remedy = ".venv/bin/python -m pip install --require-hashes -r requirements-spark.lock"

    def version(self, *_: object) -> str:
        """Return the version of what runs inside the app."""
        self.find()
        return version(WHEEL)

    def find(self) -> Found:
        """Find both; raises Unavailable with the one command that adds what is not there."""
        wheel = in_wheel(WHEEL, *IN_WHEEL)
        if wheel is None:
            raise Unavailable("there is no Spark: pyspark is not installed", hint=self.remedy)
        java = shutil.which("java")
        if java is None:
            raise Unavailable(
                "there is no Java for Spark on PATH", hint="apt-get install default-jre-headless"
            )
        return Found((java,), wheel[1])

    @contextmanager
    def started(self, _: Start) -> Iterator[Service]:
        """Yield what the app is told: it starts Spark itself."""
        yield Service(self.name, MASTER, self.find().provider, self.version())
