"""MongoDB: given by URL, else the machine's mongod, else SecantusDB, which is a stand-in.

SecantusDB stores and answers for real, by MongoDB's protocol, and is not mongod.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from harness.services.service import (
    PATIENCE_S,
    STAND_IN,
    Found,
    Program,
    Start,
    Startable,
    in_wheel,
    on_machine,
)
from harness.system.ports import HOST

DATABASE = "fastapi_bench"  # all that our apps create in somebody's MongoDB, and that we drop again
PACKAGE, WHEEL = "secantus", "secantusdb"  # only a program: it is not imported
SECANTUS = ("--standalone", "--cache-size", "128M", "--log-level", "WARNING")
MONGOD = (
    *("--bind_ip", HOST, "--nounixsocket", "--wiredTigerCacheSizeGB", "0.25"),
    *("--setParameter", "diagnosticDataCollectionEnabled=false"),
)


@dataclass(frozen=True)
class Mongo(Startable):
    """mongod, or the stand-in, with throw-away data."""

    name = "mongo"
    title = "MongoDB"
    remedy = "set MONGO_URL, or --on docker"
    scheme = "mongodb"
    port = 27017
    needs_latency = True

    start_s: float = 20.0

    def version(self, url: str, patience_s: float) -> str:
        """Ask what was built, and whether it is the stand-in, which says so of itself."""
        try:
            with _client(url, patience_s) as client:
                version = str(client.server_info()["version"])
                with suppress(OperationFailure):  # not every account may ask mongod
                    if own := client.admin.command("serverStatus").get(PACKAGE):
                        return f"{STAND_IN}, SecantusDB {own['version']} in place of {version}"
                return version
        except PyMongoError as error:
            # What follows are timeouts and the whole topology.
            raise ConnectionError(str(error).partition(" (configured")[0]) from error

    def find(self) -> Found:
        """Find mongod on the machine, else the stand-in in the wheel."""
        if found := on_machine("mongod"):
            return replace(found, words=(*found.words, *MONGOD, "--dbpath"))
        if wheel := in_wheel(PACKAGE, "__main__.py", name=WHEEL):
            _, package = wheel
            words = (
                sys.executable,
                "-m",
                PACKAGE,
                "--host",
                HOST,
                *SECANTUS,
                "--storage-path",
            )
            return Found(words, f"{package}, a stand-in that speaks MongoDB's protocol")
        raise self.missing(f"no mongod on this machine, no {WHEEL} wheel for this platform")

    def program(self, found: Found, port: int, start: Start) -> Program:
        """Start it with its data in a new folder, where it finds no configuration of somebody's."""
        home = start.folder(self.name)
        return Program(
            (*found.words, home, "--port", str(port)),
            f"mongodb://{HOST}:{port}/",
            environment={"HOME": str(home)},
            cwd=home,
        )

    def forget(self, url: str) -> None:
        """Drop the database of our apps."""
        with suppress(PyMongoError), _client(url, PATIENCE_S) as client:
            client.drop_database(DATABASE)

    def at(self, url: str, host: str, port: int) -> str:
        """Keep the client from asking the server for its own address."""
        moved = super().at(url, host, port)
        query = urlsplit(moved).query
        if "directConnection" in query:
            return moved
        return f"{moved}{'&' if query else '?'}directConnection=true"


def _client(url: str, patience_s: float) -> MongoClient[dict[str, Any]]:
    return MongoClient(url, serverSelectionTimeoutMS=round(patience_s * 1000))
