"""One requests session for the app's life. A request waits for a connection, as in httpx."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import requests
from requests.adapters import HTTPAdapter

from scenarios.http_call.shared import CONNECTIONS

session = requests.Session()
session.mount("http://", HTTPAdapter(pool_maxsize=CONNECTIONS, pool_block=True))


@asynccontextmanager
async def opened() -> AsyncIterator[None]:
    with session:
        yield
