"""aiohttp.ClientSession, one for the app's life."""

import aiohttp

from scenarios.client_choice.shared import CONNECTIONS, TIMEOUT_S, URL, User, create_app


def open_client() -> aiohttp.ClientSession:
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
    connector = aiohttp.TCPConnector(limit=CONNECTIONS)
    return aiohttp.ClientSession(connector=connector, timeout=timeout)


app = create_app(open_client)


@app.get("/users/{user_id}")
async def user(user_id: int) -> User:
    async with app.state.client.get(f"{URL}/users/{user_id}") as response:
        response.raise_for_status()
        return User(**await response.json())
