"""One requests session for the app's life. A request waits for a connection, as in aiohttp."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import requests
from requests.adapters import HTTPAdapter

from scenarios.background.shared import CONNECTIONS


@asynccontextmanager
async def open_session() -> AsyncIterator[requests.Session]:
    with requests.Session() as session:
        session.mount("http://", HTTPAdapter(pool_maxsize=CONNECTIONS, pool_block=True))
        yield session
