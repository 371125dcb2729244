"""A MongoDB: the one whose URL was given, else the machine's mongod, else compose/mongo_standin.py, which is none and says so."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from harness.model.errors import BenchError
from harness.project import ROOT
from harness.services.postgres import without_password
from harness.services.service import GIVEN, Service
from harness.system import processes
from harness.system.ports import HOST, free_port, listening
from harness.system.processes import Crew

DATABASE = "fastapi_bench"  # all that our apps create in somebody's MongoDB, and that we drop again
START_S = 20
STAND_IN = "compose/mongo_standin.py, a stand-in that speaks MongoDB's protocol"
MONGOD = (
    "--bind_ip",
    HOST,
    "--nounixsocket",
    "--wiredTigerCacheSizeGB",
    "0.25",
    "--setParameter",
    "diagnosticDataCollectionEnabled=false",
)


def given(url: str, patience_s: int = 5) -> Service:
    """Use the server at this URL; raises BenchError where it does not answer."""
    try:
        with _client(url, patience_s) as client:
            version = client.server_info()["version"]
    except PyMongoError as error:
        said = str(error).partition(" (configured")[0]
        raise BenchError(
            f"MongoDB at {without_password(url)} does not answer: {said}",
            hint="correct MONGO_URL, or unset it",
        ) from error
    return Service(
        "mongo",
        url,
        provider=GIVEN,
        version=version,
        real="stand-in" not in version,
        end=lambda: forget(url),
    )


def embedded(crew: Crew, log: Path, on: tuple[int, ...]) -> Service:
    """Start a mongod of our own on loopback, with throw-away data, or the stand-in where the machine has none; raises BenchError where it fails."""
    program, port = shutil.which("mongod"), free_port()
    command: list[str | Path] = [
        sys.executable,
        ROOT / "compose" / "mongo_standin.py",
        "--host",
        HOST,
    ]
    if program:
        command = [program, "--dbpath", tempfile.mkdtemp(prefix="mongo-", dir=crew.folder), *MONGOD]
    process = crew.start([*command, "--port", str(port)], log=log, on=on)
    url = f"mongodb://{HOST}:{port}/"

    def require() -> None:
        processes.require(process, "MongoDB" if program else "MongoDB's stand-in", log)

    def ready() -> bool:
        require()
        return listening(port)

    if not processes.wait_until(ready, START_S):
        raise BenchError(
            f"MongoDB did not answer within {START_S} s",
            hint=f"its log is {log}; or give a server with MONGO_URL",
        )
    found = given(url)
    provider = _provider(program)
    return Service(
        "mongo",
        url,
        provider=provider,
        version=found.version,
        real=found.real,
        require=require,
        end=lambda: crew.end(process),
    )


def provider(patience_s: int) -> str:
    """Say who would provide MongoDB; raises BenchError where the one that was given does not answer."""
    url = os.environ.get("MONGO_URL")
    return (
        f"{without_password(url)}, version {given(url, patience_s).version}"
        if url
        else _provider(shutil.which("mongod"))
    )


def forget(url: str) -> None:
    """Leave somebody's MongoDB as it was."""
    with suppress(PyMongoError), _client(url, 5) as client:
        client.drop_database(DATABASE)


def _client(url: str, patience_s: int) -> MongoClient[dict[str, Any]]:
    return MongoClient(url, serverSelectionTimeoutMS=patience_s * 1000)


def _provider(program: str | None) -> str:
    return f"the machine's, {program}" if program else STAND_IN
