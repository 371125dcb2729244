"""One aiohttp session for the app's life."""

from contextlib import AbstractAsyncContextManager

import aiohttp

from scenarios.background.shared import CONNECTIONS, TIMEOUT_S


def open_session() -> AbstractAsyncContextManager[aiohttp.ClientSession]:
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=CONNECTIONS),
        timeout=aiohttp.ClientTimeout(TIMEOUT_S),
        raise_for_status=True,
    )
