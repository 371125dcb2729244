"""MongoDB: given by URL, else the machine's mongod, else a stand-in, which names itself so."""

from __future__ import annotations

import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from harness.project import ROOT
from harness.services.service import PATIENCE_S, Found, Program, ServiceKind, Start, on_machine
from harness.system.ports import HOST

DATABASE = "fastapi_bench"  # all that our apps create in somebody's MongoDB, and that we drop again
OURS = "compose/mongo_standin.py"
MONGOD = (
    *("--bind_ip", HOST, "--nounixsocket", "--wiredTigerCacheSizeGB", "0.25"),
    *("--setParameter", "diagnosticDataCollectionEnabled=false"),
)


@dataclass(frozen=True)
class Mongo(ServiceKind):
    """mongod with throw-away data, or the stand-in."""

    name = "mongo"
    title = "MongoDB"
    remedy = "set MONGO_URL, or --on docker"
    scheme = "mongodb"
    port = 27017
    needs_latency = True

    start_s: float = 20.0

    def version(self, url: str, patience_s: float) -> str:
        """Ask what was built."""
        try:
            with _client(url, patience_s) as client:
                return str(client.server_info()["version"])
        except PyMongoError as error:
            # What follows are timeouts and the whole topology.
            raise ConnectionError(str(error).partition(" (configured")[0]) from error

    def find(self) -> Found:
        """Find mongod on the machine; the stand-in is always there."""
        stand_in = Found(
            (sys.executable, ROOT / OURS, "--host", HOST),
            f"{OURS}, a stand-in that speaks MongoDB's protocol",
        )
        return on_machine("mongod") or stand_in

    def program(self, found: Found, port: int, start: Start) -> Program:
        """Start mongod, or the stand-in, which keeps no data."""
        own = () if OURS in found.provider else ("--dbpath", start.folder(self.name), *MONGOD)
        return Program((*found.words, *own, "--port", str(port)), f"mongodb://{HOST}:{port}/")

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
