"""requests.Session inside `def`, one for the app's life. A call waits for a connection."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import requests
from requests.adapters import HTTPAdapter

from scenarios.client_choice.shared import CONNECTIONS, TIMEOUT_S, URL, User, create_app


@asynccontextmanager
async def open_client() -> AsyncIterator[requests.Session]:
    with requests.Session() as session:
        session.mount("http://", HTTPAdapter(pool_maxsize=CONNECTIONS, pool_block=True))
        yield session


app = create_app(open_client)


@app.get("/users/{user_id}")
def user(user_id: int) -> User:
    response = app.state.client.get(f"{URL}/users/{user_id}", timeout=TIMEOUT_S)
    response.raise_for_status()
    return User(**response.json())
